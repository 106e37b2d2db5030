import { createServer } from "node:http";
import { connect } from "node:net";

/** For tests: stands in for a company's proxy, and takes every name for one port of this machine. */
export interface ProxyDouble {
  url: string;
  /** What was asked for by CONNECT, with the credentials that came along. */
  asked: { target: string; authorization: string | undefined }[];
  close(): Promise<void>;
}

/** @param status other than 200: the proxy refuses. */
export async function startProxyDouble(port: () => number, status = 200): Promise<ProxyDouble> {
  const server = createServer((_request, response) => void response.writeHead(500).end());
  const double: ProxyDouble = {
    url: "",
    asked: [],
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  server.on("connect", (request, client) => {
    double.asked.push({ target: request.url ?? "", authorization: request.headers["proxy-authorization"] });
    client.on("error", () => {});
    if (status !== 200) return void client.end(`HTTP/1.1 ${status} no\r\n\r\n`);
    const upstream = connect(port(), "127.0.0.1", () => {
      client.write("HTTP/1.1 200 Connection established\r\n\r\n");
      upstream.pipe(client);
      client.pipe(upstream);
    });
    upstream.on("error", () => client.destroy());
    client.on("close", () => upstream.destroy());
    return undefined;
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the proxy double has no port");
  double.url = `http://127.0.0.1:${address.port}`;
  return double;
}
