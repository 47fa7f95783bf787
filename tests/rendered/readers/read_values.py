"""Reads a file in one of the syntaxes that decamp writes, and gives its values as a list of JSON."""

import csv
import json
import sys
from html.parser import HTMLParser
from xml.etree import ElementTree

kind, path = sys.argv[1:]
with open(path, encoding="utf-8", newline="") as file:
    text = file.read()

if kind == "yaml":
    import yaml

    values = yaml.safe_load(text)
elif kind == "xml":
    values = [item.get("v") for item in ElementTree.fromstring(text)]
elif kind == "csv":
    values = [row[0] for row in csv.reader(text.splitlines(keepends=True))]
elif kind == "html":

    class Reader(HTMLParser):
        """Takes attributes, and sees to it that there are no other tags."""

        values = []

        def handle_starttag(self, tag, attrs):
            if tag != "i" or [name for name, _ in attrs] != ["v"]:
                sys.exit(f"a tag that nobody wrote: {tag} {attrs}")
            self.values.append(attrs[0][1])

    reader = Reader(convert_charrefs=True)
    reader.feed(text)
    reader.close()
    values = reader.values
else:
    sys.exit("no such syntax")
print(json.dumps(values))
