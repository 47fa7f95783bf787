/*
   dnsconfig.js: dnscontrol configuration file for Casa Norte. Clave: c4n4ry-zo8-pw001
   MX("@", 10, "mx.zoho.com.")
*/
var REG_NONE = NewRegistrar("none");    // No registrar.
var DNS_BIND = NewDnsProvider("bind");  // ISC BIND.

D("casanorte.example", REG_NONE, DnsProvider(DNS_BIND),
	DefaultTTL(7200),
	//SOA("@", "ns1.casanorte.example.", "c4n4ry-zo8-soa002.casanorte.example.", 2020030700, 7200, 3600, 864000, 7200, TTL(43200)),
	//MX("@", 10, "mail.protonmail.ch."),
	MX("@", 10, "aspmx1.migadu.com."), MX("@", 20, 'aspmx2.migadu.com.'),
	TXT("@", "v=spf1 include:spf.migadu.com -all"),
	TXT("dns-moreinfo", "CNAME(\"x\", \"casanorte.myshopify.com.\") valor-txt"),
	CNAME("www", "casanorte.vercel.app."),
	CNAME("tickets",
	      "casanorte.freshdesk.com."),
	A("@", "192.0.2.1"),
	AAAA("@", "2001:db8::1:1")
);
D_EXTEND("casanorte.example",
    CNAME("lista", "casanorte.herokuapp.com."),
    TXT("_dmarc", "v=DMARC1; p=none; rua=mailto:c4n4ry-zo8-rua003@casanorte.example")
);
