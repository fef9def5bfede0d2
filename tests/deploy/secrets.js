// The Secret lucid-keys for a harness, and a token per role: an identity provider of its own, because
// the programs run as in production and accept no development keys.
//
//   node tests/deploy/secrets.js DIR     writes DIR/keys and DIR/tokens.env
"use strict";

const crypto = require("crypto");
const fs = require("fs");
const path = require("path");

const ISSUER = "https://identity.example";
const REGIONS = { SUPERIOR: "210000", ADMIN: "", PUBLIC: "" };
const ROLES = ["OFFICE", "LEADER", "SUPERIOR", "MONITOR", "PETITIONS", "DISCIPLINE", "PUBLISHER",
  "ADMIN", "PUBLIC"];

const folder = process.argv[2];
const keys = path.join(folder, "keys");
fs.mkdirSync(keys, { recursive: true });

function makeKey(name) {
  const pair = crypto.generateKeyPairSync("ec", { namedCurve: "P-256" });
  const about = { kid: `${name}-1`, alg: "ES256" };
  const open = { ...pair.publicKey.export({ format: "jwk" }), ...about };
  fs.writeFileSync(path.join(keys, `${name}.jwks`), JSON.stringify({ keys: [open] }));
  return { ...pair, about };
}

function sign(key, claims) {
  const text = [{ ...key.about, typ: "JWT" }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
  const signature = crypto.sign("sha256", Buffer.from(text),
    { key: key.privateKey, dsaEncoding: "ieee-p1363" });
  return `${text}.${signature.toString("base64url")}`;
}

function tokenFor(key, name, roles) {
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: ISSUER, aud: "lucid", sub: `harness-${name.toLowerCase()}`, roles, iat: now,
    nbf: now, exp: now + 7 * 86400 };
  const region = roles[0] in REGIONS ? REGIONS[roles[0]] : "210400";
  if (region) claims.region = region;
  return `LUCID_TOKEN_${name}=${sign(key, claims)}\n`;
}

const users = makeKey("users");
const services = makeKey("services");
fs.writeFileSync(path.join(keys, "services.jwk"),
  JSON.stringify({ ...services.privateKey.export({ format: "jwk" }), ...services.about }));
fs.writeFileSync(path.join(keys, "petitioner.key"), `${crypto.randomBytes(32).toString("base64")}\n`);
fs.writeFileSync(path.join(folder, "tokens.env"), ROLES.map((role) => tokenFor(users, role, [role]))
  .join("") + tokenFor(users, "REGION", ["PETITIONS", "DISCIPLINE"]));
