// Runs a dnsconfig.js with functions that write the records down, in DNSControl's manner: one line of JSON a record.
"use strict";
const fs = require("fs");
const vm = require("vm");

const out = [];
const record = (type, arity) => (name, ...rest) => {
  const values = rest.slice(0, arity);
  const mods = rest.slice(arity);
  if (values.length !== arity) throw new Error(type + " at " + name + " has " + values.length + " values");
  let ttl = null;
  let flags = 0;
  for (const mod of mods) {
    if (mod && mod.ttl !== undefined) ttl = mod.ttl;
    else if (mod === "critical") flags = 128;
    else throw new Error("not a modifier: " + JSON.stringify(mod));
  }
  return { name, type, values: type === "CAA" ? [flags, ...values] : values, ttl };
};
const arity = { A: 1, AAAA: 1, CNAME: 1, NS: 1, PTR: 1, TXT: 1, MX: 2, SRV: 4, CAA: 2, TLSA: 4, SSHFP: 3, DS: 4 };
const context = {
  NewRegistrar: (name) => ({ registrar: name }),
  NewDnsProvider: (name) => ({ provider: name }),
  DnsProvider: (provider, n) => ({ use: provider, n }),
  DefaultTTL: (ttl) => ({ default: ttl }),
  TTL: (ttl) => {
    if (!Number.isInteger(ttl)) throw new Error("a TTL is a number");
    return { ttl };
  },
  NAMESERVER: (name) => ({ name: "@", type: "NS", values: [name], ttl: null }),
  IGNORE: (name, type) => ({ ignored: name + " " + type }),
  CAA_CRITICAL: "critical",
  D: (domain, registrar, ...things) => {
    if (registrar.registrar !== "none" || things[0].use.provider !== "none") throw new Error("it would reach something");
    for (const thing of things) {
      if (thing.type) out.push(thing);
      else if (!thing.use && !thing.default && !thing.ignored) throw new Error("not of a domain: " + JSON.stringify(thing));
    }
  },
};
for (const [type, n] of Object.entries(arity)) context[type] = record(type, n);
// Nothing of node is in reach of the file.
vm.runInNewContext(fs.readFileSync(process.argv[2], "utf8"), context, { timeout: 5000 });
for (const one of out) console.log(JSON.stringify(one));
