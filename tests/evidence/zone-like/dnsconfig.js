var REG_OVH = NewRegistrar('ovh');
var DNS = DnsProvider(NewDnsProvider('ovh'));
var dominio = 'semillas.example';
var proxy = { on: { "cloudflare_proxy": "on" }, off: { "cloudflare_proxy": "off" } };

D(dominio, REG_OVH, DNS
  , DefaultTTL(3600)
  , NAMESERVER('dns104.ovh.net.')
  , NAMESERVER('ns104.ovh.net.')
  , A('@', '203.0.113.40')
  , CNAME('www', 'semillas.wpengine.com.')
  , MX('@', 0, 'semillas-example.mail.protection.outlook.com.')
  , CNAME('autodiscover', 'autodiscover.outlook.com.')
  , SRV('_sipfederationtls._tcp', 100, 1, 5061, 'sipfed.online.lync.com.')
  , TXT('@', 'v=spf1 include:spf.protection.outlook.com include:spf.constantcontact.com -all')
  , TXT('@', "docusign=c4n4ry-0000-4000")
  , TXT('notas', 'CNAME("x", "shops.myshopify.com.") // c4n4ry')
);

D_EXTEND('blog.semillas.example',
  CNAME('@', 'semillas.wordpress.com.')
);
