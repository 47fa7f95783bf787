"""Reads DOMAIN.yaml of a folder with octoDNS itself, strictly: one line of JSON a value."""

import json
import sys

from octodns.provider.yaml import YamlProvider
from octodns.zone import Zone

folder, domain = sys.argv[1:]
source = YamlProvider("config", folder)
zone = Zone(domain + ".", [])
source.populate(zone, lenient=False)
for record in zone.records:
    values = record.values if hasattr(record, "values") else [record.value]
    for value in values:
        text = value if isinstance(value, str) else value.rdata_text
        if record._type == "TXT":
            text = value.replace("\\;", ";")
        print(json.dumps({"name": record.name, "type": record._type, "ttl": record.ttl, "value": text}))
