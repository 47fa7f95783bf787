// @ts-check
// dnsconfig.js of Casa Norte, kept by c4n4ry
var REG_NONE = NewRegistrar("none");
var DSP_R53 = NewDnsProvider("r53_main");
var DSP_CF = NewDnsProvider('cloudflare');

var GOOGLE_MX = [
  MX("@", 1, "ASPMX.L.GOOGLE.COM."),
  MX("@", 5, "ALT1.ASPMX.L.GOOGLE.COM."),
  MX("@", 5, "ALT2.ASPMX.L.GOOGLE.COM."),
];

/* old, before 2022:
   MX("@", 10, "mx.zoho.com."), MX("@", 20, "mx2.zoho.com."),
   CNAME("shop", "shops.myshopify.com."),
*/
D("casanorte.example", REG_NONE, DnsProvider(DSP_R53), DefaultTTL("1h"),
  GOOGLE_MX,
  A("@", "203.0.113.30"),
  A("office", "203.0.113.31", TTL(300)),   // CNAME("office", "casanorte.herokudns.com.")
  CNAME("www", "@"),
  CNAME("k1._domainkey", "dkim.mcsv.net."),
  CNAME('act', 'casanorte.nationbuilder.com.'),
  TXT("google._domainkey", ["v=DKIM1; k=rsa; p=MIIBIjANBgc4n4ry", "restofthekeyAB"]),
  TXT("@", "atlassian-domain-verification=c4n4ryQ2x"),
  SPF_BUILDER({
    label: "@",
    overflow: "_spf%d",
    raw: "_rawspf",
    ttl: "5m",
    parts: [
      "v=spf1",
      "include:_spf.google.com", // mail of staff
      "include:mail.zendesk.com",
      // "include:spf.mandrillapp.com",
      "~all"
    ],
    flatten: ["_spf.google.com"]
  }),
  DMARC_BUILDER({ policy: "none", rua: ["mailto:c4n4ry@casanorte.example"] }),
  CAA("@", "issue", "letsencrypt.org")
);

D("casanorte-camp.example", REG_NONE, DnsProvider(DSP_CF),
  A("@", "203.0.113.32", CF_PROXY_ON),
  CNAME("www", "casanorte-camp.netlify.app.", CF_PROXY_OFF),
END);
