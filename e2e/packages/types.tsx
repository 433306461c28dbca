// What the package's types allow, and what they do not. Checked by `tsc --noEmit`.
import * as web from "@tidemark/web";
import * as inline from "@tidemark/web/inline";
import { Tidemark as NextTidemark, useTidemark as useNext, withTidemark } from "@tidemark/web/next";
import { Tidemark, useTidemark } from "@tidemark/web/react";
import { Client, type Outcome } from "@tidemark/web/server";
import { tidemark, useTidemark as useVue } from "@tidemark/web/vue";
import { createApp } from "vue";

web.init({ site: "a" });
web.init({ site: "a", endpoint: "/stats", outbound: true, downloads: ["pdf"], notFound: "page", respect: ["gpc", "dnt"], engagement: false });
// @ts-expect-error a site is required
web.init({ endpoint: "/stats" });
// @ts-expect-error no such option
web.init({ site: "a", outBound: true });
// @ts-expect-error a flag, not a text
web.init({ site: "a", vitals: "yes" });
// @ts-expect-error no such wish
web.init({ site: "a", respect: ["dgp"] });

web.track("buy", { plan: "pro", seats: 3, yes: true }, { revenue: { amount: 1, currency: "EUR" }, callback: ({ status, reason }) => [status, reason] });
web.track("buy", null, { url: "/thanks" });
// @ts-expect-error properties are flat
web.track("buy", { plan: { name: "pro" } });
// @ts-expect-error money has a currency
web.track("buy", {}, { revenue: { amount: 1 } });
web.page({ url: "/a", title: "A", props: { n: 1 } });
web.identify("ann", { plan: "pro" });
web.group("acme");
web.variant("hero", "b");
// @ts-expect-error which variant?
web.variant("hero");
web.consent({ analytics: "granted" });
// @ts-expect-error granted or denied
web.consent({ analytics: true });
web.reset(), web.optOut(), web.optIn(), web.flush(), web.debug(true);
const hasOptedOut: boolean = web.hasOptedOut();

inline.init({ site: "a", endpoint: "https://edge.example" });
// @ts-expect-error there is no script to be found
inline.init({ site: "a", src: "/sdk/tidemark.js" });
inline.track("buy");

export const Shop = () => {
  useTidemark().track("buy");
  useNext().page();
  // @ts-expect-error no such call
  useTidemark().trak("buy");
  return (
    <>
      <Tidemark site="a" hash />
      <NextTidemark site="a" endpoint="/stats" />
      {/* @ts-expect-error a site is required */}
      <Tidemark endpoint="/stats" />
    </>
  );
};

export const config: { reactStrictMode: boolean } = withTidemark({ reactStrictMode: true }, { edge: "https://edge.example" });
// @ts-expect-error which edge?
withTidemark({}, { path: "/stats" });

createApp({}).use(tidemark, { site: "a" });
// @ts-expect-error a site is required
createApp({}).use(tidemark, {});
useVue().track("buy", { hasOptedOut });

const client = new Client({ endpoint: "https://edge.example", site: "a" });
const told: Promise<Outcome> = client.track("buy", { clientId: "ann", time: new Date(), props: { n: 1 } });
client.page({ url: "https://shop.example/", ip: "203.0.113.7", userAgent: "Mozilla/5.0" });
// @ts-expect-error who?
client.track("buy", { props: { n: 1 } });
// @ts-expect-error an address without a browser is nobody
client.track("buy", { ip: "203.0.113.7" });
// @ts-expect-error which page?
client.page({ clientId: "ann" });
client.flush().then(() => client.close({ timeoutMs: 1000 })).then((left: number) => [left, told]);
// @ts-expect-error the edge takes events without credentials
new Client({ endpoint: "https://edge.example", site: "a", key: "secret" });
