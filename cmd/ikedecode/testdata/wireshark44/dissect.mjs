// Reads a list of {capture, profile} from standard input and writes what Wireshark 4.4.5 makes of each capture with the files of the profile: its
// words of complaint, and for each frame the protocol and all labels of the tree.
import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const require = createRequire(import.meta.url);
const main = require.resolve("@goodtools/wiregasm/dist/wiregasm.js");
const dist = dirname(main);
const load = require(main);
const module = await WebAssembly.compile(readFileSync(join(dist, "wiregasm.wasm")));

// Wireshark reads its configuration once, so that each capture gets an instance of its own.
async function dissect({ capture, profile }) {
  const messages = [];
  const wireshark = await load({
    locateFile: (path) => join(dist, path),
    print: () => {},
    printErr: (text) => messages.push(text),
    handleStatus: () => {},
    instantiateWasm: (imports, done) => {
      WebAssembly.instantiate(module, imports).then((instance) => done(instance, module));
      return {};
    },
    preRun: [
      ({ FS }) => {
        const dir = "/home/web_user/.config/wireshark";
        FS.mkdirTree(dir);
        for (const name of profile ? readdirSync(profile) : []) {
          FS.writeFile(join(dir, name), readFileSync(join(profile, name)));
        }
      },
    ],
  });
  wireshark.init();
  wireshark.FS.mkdirTree("/uploads");
  wireshark.FS.writeFile("/uploads/capture", readFileSync(capture));
  const session = new wireshark.DissectSession("/uploads/capture");
  const { code } = session.load();
  const frames = [];
  const rows = session.getFrames("", 0, 0).frames;
  for (let i = 0; i < rows.size(); i++) {
    const labels = [];
    const walk = (tree) => {
      for (let j = 0; j < tree.size(); j++) {
        const node = tree.get(j);
        labels.push(node.label);
        if (node.tree) walk(node.tree);
      }
    };
    walk(session.getFrame(i + 1).tree);
    frames.push({ protocol: rows.get(i).columns.get(4), labels });
  }
  session.delete();
  return { code, messages, frames };
}

const results = [];
for (const job of JSON.parse(readFileSync(0, "utf8"))) {
  results.push(await dissect(job));
}
process.stdout.write(JSON.stringify(results), () => process.exit(0));
