// Generates proto/gen from the .proto files; with --check only compares, and fails where they differ.
import { execFileSync } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const committed = "proto/gen";

/** Types for proto-loader, and descriptors (ours and health's) for reflection. */
function generate(folder: string): void {
  const protos = globSync("*.proto", { cwd: "proto/stillpoint/v1" }).map((name) => `stillpoint/v1/${name}`);
  const typeOptions = [
    ...["--longs=Number", "--enums=String", "--defaults", "--oneofs", "--includeComments"],
    ...["--grpcLib=@grpc/grpc-js", "--importFileExtension=.ts", "--inputTemplate=%sInput", "--outputTemplate=%s"],
  ];
  run("proto-loader-gen-types", [...typeOptions, "-I", "proto", "-O", folder, ...protos.sort()]);
  run("buf", ["build", "-o", join(folder, "stillpoint.binpb"), "--as-file-descriptor-set"]);
  const health = "node_modules/grpc-health-check/proto";
  run("buf", ["build", health, "-o", join(folder, "health.binpb"), "--as-file-descriptor-set"]);
}

function run(command: string, args: string[]): void {
  execFileSync(`node_modules/.bin/${command}`, args, { stdio: ["ignore", "ignore", "inherit"] });
}

function filesIn(folder: string): Map<string, string> {
  const names = globSync("**/*.*", { cwd: folder });
  return new Map(names.map((name) => [name, readFileSync(join(folder, name)).toString("base64")]));
}

function differences(left: Map<string, string>, right: Map<string, string>): string[] {
  return [...new Set([...left.keys(), ...right.keys()])].filter((name) => left.get(name) !== right.get(name));
}

function check(): void {
  const fresh = mkdtempSync(join(tmpdir(), "stillpoint-gen-"));
  try {
    generate(fresh);
    const stale = differences(filesIn(fresh), filesIn(committed));
    if (stale.length > 0) {
      console.error(`${committed} differs from the .proto files: ${stale.join(", ")}\nhint: npm run gen, then commit`);
      process.exitCode = 1;
    }
  } finally {
    rmSync(fresh, { recursive: true });
  }
}

if (process.argv.includes("--check")) check();
else {
  rmSync(committed, { recursive: true, force: true });
  generate(committed);
}
