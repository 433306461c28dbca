/** What a site counts, and how. Those that are not given are off, or as their words say. */
export interface Options {
  /** The site's tracking id. */
  site: string;
  /** Where events go: `/api/v1/events` is added. A path is one of this page's host. */
  endpoint?: string;
  /** Where the script is, without `/sdk/tidemark.js`. As `endpoint`, where not given. */
  host?: string;
  /** The script's whole URL, in place of `host`. */
  src?: string;
  /** The page's nonce, where its policy asks for one. */
  nonce?: string;
  /** For pages that navigate by fragment: `/app#/cart` is counted as `/app/cart`. */
  hash?: boolean;
  /** Clicks on links to other hosts. */
  outbound?: boolean;
  /** Clicks on links to files: of the usual endings, or of these. */
  downloads?: boolean | string | readonly string[];
  /** Submitted forms. */
  forms?: boolean;
  /** `404` where the server answered so; `"page"` on the page that says it. */
  notFound?: boolean | "page";
  /** Web vitals, when the page is first left or hidden. */
  vitals?: boolean;
  /** Time in view and depth of reading; on, where not given. */
  engagement?: boolean;
  /** Paths that are not counted: `/admin/**`. */
  exclude?: string | readonly string[];
  /** Paths that alone are counted. */
  include?: string | readonly string[];
  /** No page views but those of `page()`. */
  manual?: boolean;
  /** Nothing is sent before `consent()`. */
  consent?: boolean;
  /** Which wishes of the browser are heeded; `gpc`, where not given. */
  respect?: "" | "gpc" | "dnt" | "gpc,dnt" | readonly ("gpc" | "dnt")[];
  /** Counts on `localhost` too, and in browsers that a program steers. */
  local?: boolean;
}

/** At most 32. */
export type Properties = Readonly<Record<string, string | number | boolean>>;

export interface Revenue {
  amount: number;
  /** ISO 4217: `EUR`. */
  currency: string;
}

/** What became of an event: the status of the answer, or why it was not sent. */
export type Told = { status: number; reason?: undefined } | { reason: string; status?: undefined };

export interface EventOptions {
  revenue?: Revenue;
  /** Counts it for another page. */
  url?: string;
  callback?: (told: Told) => void;
}

export interface PageOptions {
  url?: string;
  title?: string;
  referrer?: string;
  props?: Properties;
}

/** Begins, once a page. What was called before is kept until now; on a server nothing happens. Never throws. */
export function init(options: Options): void;
/** Counts an event. */
export function track(name: string, props?: Properties | null, options?: EventOptions): void;
/** Counts a page view. */
export function page(options?: PageOptions): void;
export function identify(id: string, traits?: Properties): void;
/** Later events carry the property `group`. */
export function group(id: string): void;
/** Forgets who and which group, and with consent the browser's id. */
export function reset(): void;
/** Counts that an experiment's variant was shown, once a page load. */
export function variant(experiment: string, variant: string): void;
export function consent(answer: { analytics: "granted" | "denied" }): void;
export function optOut(): void;
export function optIn(): void;
export function hasOptedOut(): boolean;
/** Sends without waiting. */
export function flush(): void;
/** Says on the console what is sent, and of each event that is ignored why. */
export function debug(wanted: boolean): void;
