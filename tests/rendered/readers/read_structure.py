"""Reads files in one syntax as a program would, and gives what each says: a line of JSON, a list of words, each file.

Two files that differ only in their values have lists of one length that differ only in those values.
"""

import configparser
import csv
import io
import json
import subprocess
import sys
from email.utils import getaddresses, parseaddr
from html.parser import HTMLParser
from xml.parsers import expat


class Unsound(Exception):
    """A file is not what it should be."""


class Words(list):
    """A list in which texts that follow each other are one."""

    def text(self, kind, text):
        """Adds a text."""
        if self and self[-1].startswith(kind):
            self[-1] += text
        else:
            self.append(kind + text)


def read_yaml(text):
    """Events of YAML: nothing is resolved, doubled keys stay."""
    import yaml

    words = []
    for event in yaml.parse(text):
        kind = type(event).__name__
        if isinstance(event, yaml.ScalarEvent):
            words += [f"{kind} {event.tag} {event.anchor} {event.style}", event.value]
        else:
            words.append(f"{kind} {getattr(event, 'tag', None)} {getattr(event, 'anchor', None)}")
    return words


def read_xml(text):
    """Events of XML, remarks too."""
    words = Words()
    parser = expat.ParserCreate()
    parser.buffer_text = True

    def start(name, attributes):
        words.append(f"<{name}")
        for key, value in attributes.items():
            words.extend([f"@{key}", value])
        words.append(">")

    parser.StartElementHandler = start
    parser.EndElementHandler = lambda name: words.append(f"</{name}")
    parser.CharacterDataHandler = lambda data: words.text("#", data)
    parser.CommentHandler = lambda data: words.append("<!--" + data)
    parser.Parse(text.encode(), True)
    return words


class Page(HTMLParser):
    """Takes down what a page holds."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.words = Words()

    def handle_starttag(self, tag, attrs):
        self.words.append(f"<{tag}")
        for key, value in attrs:
            self.words.extend([f"@{key}", value or ""])
        self.words.append(">")

    def handle_endtag(self, tag):
        self.words.append(f"</{tag}")

    def handle_data(self, data):
        self.words.text("#", data)

    def handle_comment(self, data):
        self.words.extend(["<!--", data])

    def handle_decl(self, decl):
        self.words.append(f"<!{decl}")

    def unknown_decl(self, data):
        raise Unsound(f"a declaration that nobody wrote: {data}")


def read_html(text):
    """Events of HTML."""
    page = Page()
    page.feed(text)
    page.close()
    return page.words


def read_csv(text):
    """Cells, with an end to each row."""
    words = []
    for row in csv.reader(io.StringIO(text, newline=""), strict=True):
        words += [*("=" + cell for cell in row), "end of row"]
    return words


def read_lines(text):
    """Lines; nothing else than a line feed may end one."""
    if text.splitlines() != text.removesuffix("\n").split("\n") and text:
        raise Unsound("something else than a line feed ends a line")
    return text.split("\n")


def read_members(text):
    """One person a line, as `parseaddr` reads it, and remarks."""
    words = []
    for line in read_lines(text):
        if line.startswith("#") or not line:
            words.append(line)
        elif len(getaddresses([line])) != 1:
            raise Unsound(f"not one person: {line}")
        else:
            words += ["=" + part for part in parseaddr(line)]
    return words


def read_vdirsyncer(text):
    """As vdirsyncer reads it: an INI file whose values are JSON."""
    parser = configparser.RawConfigParser()
    parser.read_string(text)
    words = [line for line in text.split("\n") if line.startswith("#")]
    for section in parser.sections():
        words.append(f"[{section}]")
        for key, value in parser.items(section):
            words += [key, *flat(json.loads(value))]
    return words


def flat(value):
    """A value of JSON as words."""
    if isinstance(value, list):
        return [f"list of {len(value)}"] + [word for item in value for word in flat(item)]
    if isinstance(value, dict):
        return [f"map of {len(value)}"] + [word for key, item in value.items() for word in [key, *flat(item)]]
    return ["=" + value] if isinstance(value, str) else [json.dumps(value)]


def quoted_words(line, ends):
    """Words of a line, in double quotes with backslashes before quotes and backslashes; `ends` end a word, and stand alone."""
    words, at, line = [], 0, line + " "
    while at < len(line):
        if line[at] in " \t":
            at += 1
        elif line[at] in ends:
            words.append(line[at])
            at += 1
        elif line[at] == '"':
            word, at = "", at + 1
            while line[at] != '"':
                if line[at] == "\\" and line[at + 1] in '\\"':
                    at += 1
                word += line[at]
                at += 1
                if at >= len(line):
                    raise Unsound(f"quotes that never end: {line}")
            at += 1
            words.append("=" + word)
        else:
            start = at
            while line[at] not in ' \t"' + ends:
                at += 1
            words.append(line[start:at])
    return words


def read_directives(text, ends=""):
    """Directives of Apache, nginx and mbsync, a line at a time."""
    words = []
    # In nginx's braces no other character ends a line.
    for line in text.split("\n") if ends else read_lines(text):
        remark = line.lstrip(" \t").startswith("#")
        words += [line] if remark else quoted_words(line, ends)
        words.append("end of line")
    return words


def read_rclone(text, path):
    """As rclone itself dumps it, and the remarks."""
    said = subprocess.run(["rclone", "--config", path, "config", "dump"], capture_output=True, check=True, text=True)
    words = [line for line in read_lines(text) if line.startswith(("#", ";"))]
    return words + flat(dict(sorted(json.loads(said.stdout).items())))


def read_shell(text, path):
    """As shfmt parses it; what stands in single quotes is a value, with the `\\'` between such."""
    with open(path, "rb") as file:
        said = subprocess.run(["shfmt", "-ln", "posix", "--to-json"], stdin=file, capture_output=True, check=False)
    if said.returncode:
        raise Unsound(said.stderr.decode())
    words = []

    def parts(items):
        out = Words()
        for item in items:
            kind = item.get("Type")
            if kind == "SglQuoted":
                out.text("=", item.get("Value", ""))
            elif kind == "Lit" and item["Value"] == "\\'":
                out.text("=", "'")
            elif kind == "Lit":
                out.text("~", item["Value"])
            else:
                inner = []
                walk(item, inner)
                out.append(f"{kind} {len(inner)}")
                out.extend(inner)
        return out

    def walk(node, out):
        if isinstance(node, list):
            out.append(f"list of {len(node)}")
            for item in node:
                walk(item, out)
        elif isinstance(node, dict):
            for key, value in node.items():
                if key in ("Pos", "End", "Offset", "Line", "Col") or key.endswith("Pos"):
                    continue
                if key == "Parts":
                    out.extend(["word", *parts(value)])
                elif isinstance(value, (dict, list)):
                    out.append(key)
                    walk(value, out)
                else:
                    out.extend([key, str(value)])

    walk(json.loads(said.stdout), words)
    return words


READERS = {
    "yaml": read_yaml,
    "xml": read_xml,
    "html": read_html,
    "csv": read_csv,
    "lines": read_lines,
    "members": read_members,
    "vdirsyncer": read_vdirsyncer,
    "mbsync": read_directives,
    # A backslash at the end of a line goes on in the next.
    "apache": lambda text: read_directives(text.replace("\\\n", "")),
    "nginx": lambda text: read_directives(text, "{};"),
}
WITH_PATH = {"rclone": read_rclone, "sh": read_shell}


def main():
    """Reads the files whose paths stand in stdin, one a line."""
    kind = sys.argv[1]
    for path in sys.stdin.read().split("\n"):
        if not path:
            continue
        with open(path, encoding="utf-8", newline="") as file:
            text = file.read()
        try:
            words = WITH_PATH[kind](text, path) if kind in WITH_PATH else READERS[kind](text)
        except Exception as error:  # whatever it is, it is told with the file
            print(json.dumps({"error": f"{type(error).__name__}: {error}"}))
            continue
        print(json.dumps({"words": list(words)}))


main()
