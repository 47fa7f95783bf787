// Runs files of JavaScript in which every name is a function that tells its arguments; a line of JSON, a list of words, each
// file. Paths stand in stdin, one a line.
"use strict";
const fs = require("fs");
const vm = require("vm");

function read(path) {
  const text = fs.readFileSync(path, "utf8");
  const words = text.split("\n").filter((line) => line.startsWith("//"));
  const known = {};
  const told = (name) => {
    const call = (...args) => {
      const inner = [name, "("];
      for (const arg of args) inner.push(...(Array.isArray(arg) ? arg : ["=" + String(typeof arg === "function" ? arg.word : arg)]));
      inner.push(")");
      calls.push(...inner);
      return inner;
    };
    call.word = name;
    return call;
  };
  const calls = [];
  // Nothing of node is in reach of the file.
  const scope = new Proxy(known, {
    has: (_, key) => typeof key === "string",
    get: (target, key) => (key in target ? target[key] : typeof key === "string" ? told(key) : undefined),
  });
  const code = text.replace(/^var /gm, "");
  vm.runInNewContext("(function (scope) { with (scope) {\n" + code + "\n} })", {}, { timeout: 5000 })(scope);
  return [...words, ...calls];
}

for (const path of fs.readFileSync(0, "utf8").split("\n").filter((line) => line)) {
  let said;
  try {
    said = { words: read(path) };
  } catch (error) {
    said = { error: String(error) };
  }
  console.log(JSON.stringify(said));
}
