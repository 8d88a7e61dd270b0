// An OpenID provider for tests: node oidc.mjs PACKAGE PORT REDIRECT_URI.
// Whoever logs in is who they say; what their name starts with, up to -, is their group.
const [pkg, port, redirect] = process.argv.slice(2);
const { default: Provider } = await import(pkg);
const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [{ client_id: "scrubline", client_secret: "a-client-secret-for-the-test", redirect_uris: [redirect] }],
  claims: { openid: ["sub"], profile: ["name", "groups"] },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, name: `Name of ${id}`, groups: ["staff", id.split("-")[0]] }) }),
  pkce: { required: () => true, methods: ["S256"] },
});
provider.listen(Number(port), "127.0.0.1");
