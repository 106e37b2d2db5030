import type { ControllerItem, DirectoryItem } from "@portolan/api";
import { byText, type Controller, type ControllerUse, type Host, type HostId, sortedText } from "@portolan/graph";
import type { z } from "zod";
import { time } from "./time.ts";
import type { HostDirectory } from "../storage/directory.ts";
import type { StoredHost } from "../storage/evidence.ts";
import type { Analysis } from "../analysis/analysis.ts";

const MOST_EARLIER = 10;

type AnyHost = StoredHost | Host;

function presentRecord({ record, firstSeen, lastSeen, earlier }: HostDirectory) {
  const { domainControllers: _shownApart, status: _shownApartToo, ...told } = record;
  return {
    ...told,
    firstSeen: time(firstSeen),
    lastSeen: time(lastSeen),
    ...(earlier.length > 0 && {
      states: earlier.length + 1,
      earlier: earlier.slice(-MOST_EARLIER).map(({ state, ...seen }) => ({
        ...state,
        firstSeen: time(seen.firstSeen),
        lastSeen: time(seen.lastSeen),
      })),
    }),
  };
}

function presentUse(controller: Controller, namedBy: readonly string[], use: ControllerUse | undefined) {
  const { id, name, addresses } = controller;
  const services = (use?.services ?? []).map(({ firstSeen, lastSeen, ...service }) => ({
    ...service,
    firstSeen: time(firstSeen),
    lastSeen: time(lastSeen),
  }));
  return { id, name, addresses, namedBy: [...namedBy], services, processes: use?.processes ?? [] };
}

/** Presents hosts beside their domains. O(records + controllers + uses) to prepare. */
export function directoryPresenter(analysis: Analysis) {
  const records = new Map(analysis.directory.map((entry) => [entry.hostId, entry]));
  const controllers = new Map(analysis.controllers.map((controller) => [controller.id, controller]));
  const uses = Map.groupBy(analysis.controllerUses, ({ client }) => client);
  const outsiders = new Map(analysis.directoryOutsiders.map((outsider) => [outsider.client, outsider]));
  const words = Map.groupBy(
    analysis.controllers.flatMap(({ id, namedBy }) => namedBy.map(({ host, sources }) => ({ id, host, sources }))),
    ({ host }) => host,
  );
  const nameOf = (id: HostId) => controllers.get(id)?.name ?? id;

  function controllersOf(id: HostId): DirectoryItem["controllers"] {
    const named = new Map((words.get(id) ?? []).map((word) => [word.id, word.sources]));
    const used = new Map((uses.get(id) ?? []).map((use) => [use.controller, use]));
    return [...new Set([...named.keys(), ...used.keys()])]
      .flatMap((controllerId) => {
        const controller = controllers.get(controllerId);
        return controller ? [presentUse(controller, named.get(controllerId) ?? [], used.get(controllerId))] : [];
      })
      .sort((a, b) => byText(a.name, b.name) || byText(a.id, b.id));
  }

  const statusOf = (id: HostId): DirectoryItem["status"] => records.get(id)?.record.status ?? "not-reported";

  return {
    statusOf,
    /** Peers that nobody knows are shown where the directory has to do with them. */
    isShown: ({ id, kind }: AnyHost) => kind !== "unmanaged" || controllers.has(id) || outsiders.has(id),
    present(host: AnyHost, zone: string | null): DirectoryItem {
      const { id, name, kind } = host;
      const retiredAt = "retiredAt" in host ? host.retiredAt : undefined;
      const told = records.get(id);
      const controller = controllers.get(id);
      const outsider = outsiders.get(id);
      return {
        id,
        host: name,
        kind,
        zone,
        ...(retiredAt !== undefined && { retiredAt: time(retiredAt) }),
        status: statusOf(id),
        ...(told && presentRecord(told)),
        controllers: controllersOf(id),
        ...(controller && { controller: { confidence: controller.confidence, reasons: controller.reasons } }),
        ...(outsider && {
          authenticates: {
            controllers: sortedText(outsider.controllers.map(nameOf)),
            services: outsider.services,
            processes: outsider.processes,
          },
        }),
      };
    },
  };
}

export function presentController(analysis: Analysis, controller: Controller): z.infer<typeof ControllerItem> {
  const { namedBy, ...rest } = controller;
  const known = analysis.hosts.find(({ id }) => id === controller.id);
  const clients = analysis.controllerUses.filter((use) => use.controller === controller.id);
  return {
    ...rest,
    kind: known?.kind ?? (controller.id.startsWith("named:") ? "named" : "unmanaged"),
    members: namedBy.length,
    clients: clients.length,
  };
}
