/** Settings as text for humans, without a secret in it. */
import {
  formatAddress,
  formatLinkAddress,
  type LinkAddress,
  type Credential,
  type StoreChoice,
} from "./formats";
import type { Settings } from "./settings";

function masked(credential: Credential): string {
  return `${credential.name}:***`;
}

function maskedOrNull(credential: Credential | null): string | null {
  return credential === null ? null : masked(credential);
}

function linkTextOrNull(end: LinkAddress | null): string | null {
  return end === null ? null : formatLinkAddress(end);
}

export function storeText(store: StoreChoice): string {
  if (store.kind === "memory") return `memory:${store.size}`;
  return store.size === null ? `file:${store.path}` : `file:${store.path}:${store.size}`;
}

/** The settings in the form of a configuration file; secrets are `***`. */
export function viewOf(settings: Settings): Record<string, unknown> {
  const { units, ...target } = settings;
  return {
    ...target,
    listen: settings.listen.map(formatAddress),
    announce: settings.announce.map(formatAddress),
    redirectTo: settings.redirectTo.map((to) => (to === null ? "none" : formatAddress(to))),
    isns: settings.isns === null ? null : formatAddress(settings.isns),
    peerPortals: settings.peerPortals.map(formatAddress),
    linkListen: linkTextOrNull(settings.linkListen),
    linkPeer: linkTextOrNull(settings.linkPeer),
    linkKey: settings.linkKey === null ? null : "***",
    chap: settings.chap.map(masked),
    chapMutual: maskedOrNull(settings.chapMutual),
    discoveryChap: settings.discoveryChap.map(masked),
    discoveryChapMutual: maskedOrNull(settings.discoveryChapMutual),
    luns: units.map((unit) => ({
      ...unit,
      store: storeText(unit.store),
      store2: unit.store2 === null ? null : storeText(unit.store2),
    })),
  };
}
