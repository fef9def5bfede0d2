// Compiles rendered manifests against Kubernetes' types: every document becomes a literal of its
// kind's type, so that an unknown field, a missing one, a wrong type or an unknown kind is an error.
//
//   node tests/deploy/types.js FILE.yaml…
"use strict";

const fs = require("fs");
const path = require("path");
const yaml = require("js-yaml");
const ts = require("typescript");

// What the packages do not have under the version that the manifests use is checked against the
// version before, which has the same fields.
const MODULES = {
  "cert-manager.io/v1": "@kubernetes-models/cert-manager/cert-manager.io/v1",
  "external-secrets.io/v1": "@kubernetes-models/external-secrets/external-secrets.io/v1beta1",
  "gateway.networking.k8s.io/v1": "@kubernetes-models/gateway-api/gateway.networking.k8s.io/v1",
  "monitoring.coreos.com/v1": "@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1",
};
const OTHERS = {
  GRPCRoute: ["@kubernetes-models/gateway-api/gateway.networking.k8s.io/v1alpha2", "gateway.networking.k8s.io/v1alpha2"],
  ExternalSecret: [MODULES["external-secrets.io/v1"], "external-secrets.io/v1beta1"],
};
// No package has them; policies.py looks at what it needs of them.
const UNTYPED = new Set(["postgresql.cnpg.io/v1"]);

function typeOf(document) {
  const [module, version] = OTHERS[document.kind] ||
    [MODULES[document.apiVersion] || `kubernetes-models/${document.apiVersion}`, document.apiVersion];
  return { module: `${module}/${document.kind}`, name: `I${document.kind}`, version };
}

// Each different document once, with the first file that it is in.
function collect(files) {
  const documents = new Map();
  for (const file of files) {
    for (const document of yaml.loadAll(fs.readFileSync(file, "utf8"))) {
      if (!document || UNTYPED.has(document.apiVersion)) continue;
      const text = JSON.stringify(document);
      if (!documents.has(text)) documents.set(text, { document, file });
    }
  }
  return [...documents.values()];
}

function sourceOf(documents) {
  return documents.map(({ document }, i) => {
    const { module, name, version } = typeOf(document);
    const literal = JSON.stringify({ ...document, apiVersion: version });
    return `import { ${name} as T${i} } from "${module}"; export const d${i}: T${i} = ${literal};`;
  }).join("\n");
}

function compile(source) {
  const name = path.join(__dirname, "manifests.ts");
  const options = { strict: true, noEmit: true, skipLibCheck: true, types: [],
    moduleResolution: ts.ModuleResolutionKind.Node10, target: ts.ScriptTarget.ES2020,
    module: ts.ModuleKind.CommonJS };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists } = host;
  host.getSourceFile = (file, target) => file === name ?
    ts.createSourceFile(file, source, target) : getSourceFile.call(host, file, target);
  host.fileExists = (file) => file === name || fileExists.call(host, file);
  return ts.getPreEmitDiagnostics(ts.createProgram([name], options, host));
}

const documents = collect(process.argv.slice(2));
const faults = compile(sourceOf(documents));
for (const fault of faults) {
  const line = fault.file.getLineAndCharacterOfPosition(fault.start).line;
  const { document, file } = documents[line];
  const place = fault.file.text.substr(fault.start, 60);
  console.error(`${path.basename(file)}: ${document.kind} ${document.metadata.name}: ` +
    `${ts.flattenDiagnosticMessageText(fault.messageText, "\n")}\n  at ${place}`);
}
if (faults.length > 0 || documents.length === 0) process.exit(1);
console.log(`${documents.length} documents have the types of Kubernetes`);
