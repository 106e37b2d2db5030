import { z } from "zod";
import { IpAddress, Name, Port } from "./primitives.ts";

/** Where a web site is reached. */
const Binding = z.object({
  /** As the site's configuration has it: http, https, net.tcp, ftp. */
  scheme: Name,
  /** Absent: all addresses of the host. */
  address: IpAddress.optional(),
  port: Port.optional(),
  /** The name that a client must ask for; absent: any. */
  hostName: Name.optional(),
});

/** An installed or running program that decides how a host moves: a database engine, or a site of a web server. */
export const Software = z.object({
  kind: z.enum(["database", "web-server"]),
  /** Of the product, such as Microsoft SQL Server, PostgreSQL or IIS. */
  name: Name,
  version: z.string().min(1).max(255).optional(),
  edition: z.string().min(1).max(255).optional(),
  /** One of several of the same product on a host: a named instance, a SID, a service, a site. */
  instance: Name.optional(),
  /** TCP ports, configured or listened on; empty where nobody knows any. */
  ports: z.array(Port).max(256),
  /** True where the ports may be others after the next start. */
  dynamicPorts: z.boolean().optional(),
  bindings: z.array(Binding).max(1024).optional(),
  /** Where this is known from: registry keys, files, services, listeners. */
  sources: z.array(z.string().min(1).max(1024)).min(1).max(64),
});
export type Software = z.infer<typeof Software>;
