var REG_NONE = NewRegistrar("none");
var DSP_R53 = NewDnsProvider("r53_main");
D("casanorte.example", REG_NONE, DnsProvider(DSP_R53),
  A("@", "203.0.113.30"),
  TXT("@", "c4n4ry-note"),
  MX("@", 1, "ASPMX.L.GOO