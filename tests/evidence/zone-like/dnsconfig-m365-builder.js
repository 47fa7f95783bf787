var REG_NONE = NewRegistrar("none");
var DSP_GANDI = NewDnsProvider("gandi");

D("casanorte.example", REG_NONE, DnsProvider(DSP_GANDI),
  A("@", "203.0.113.50"),
  M365_BUILDER("casanorte.example", {
      initialDomain: "c4n4ry.onmicrosoft.com",
      verificationToken: "MS=ms12345678",
  }, TTL("1h")),
END);
