/** Where events go, and for which site. */
export interface Settings {
  /** The edge's origin, or a path below which it answers: `https://edge.example`. */
  endpoint: string;
  /** The site's tracking id. */
  site: string;
}

/** Who did it: your own name for a person or device, or the address and user agent of their request. */
export type Who =
  | { clientId: string; ip?: undefined; userAgent?: undefined }
  | { ip: string; userAgent: string; clientId?: undefined };

/** What is known of an event. Limits stand in `docs/events.md`. */
export type EventOptions = Who & {
  /** When it happened: at most 48 hours ago. Now, where not given. */
  time?: Date | number | string;
  sessionId?: string;
  /** Your own id of this event: known again for 48 hours. */
  eventId?: string;
  /** The page's absolute URL. */
  url?: string;
  title?: string;
  referrer?: string;
  /** At most 32. */
  props?: Readonly<Record<string, string | number | boolean | null>>;
  revenue?: { amount: number; currency: string };
  /** ISO 3166-1, two letters: the edge sees where your server is, not where they are. */
  country?: string;
  region?: string;
  city?: string;
  device?: "desktop" | "mobile" | "tablet";
  browser?: string;
  language?: string;
  screenWidth?: number;
};

/** What became of an event. */
export interface Outcome {
  /** `accepted` is durable and counted once; `unsent` is given up: had no answer, or no room to wait. */
  status: "accepted" | "duplicate" | "filtered" | "rejected" | "unsent";
  /** Which of the event's fields is at fault. */
  field?: string;
  /** What is wrong with it, with the limit. */
  detail?: string;
}

/** Sends events in batches: after 5 seconds, with 20, or when told; again, under the same id, until they are answered. */
export class Client {
  /** @throws {TypeError} Where `endpoint` is no URL or `site` no tracking id. */
  constructor(settings: Settings);
  /** Counts an event. What became of it is known when the edge answers; the promise is never rejected. */
  track(name: string, options: EventOptions): Promise<Outcome>;
  /** Counts a page view. */
  page(options: EventOptions & { url: string }): Promise<Outcome>;
  /** Sends without waiting; ends when all that waits now is answered. */
  flush(): Promise<void>;
  /** Flushes, for at most so long (5 000 ms), and ends. Answers how many events were not delivered. */
  close(options?: { timeoutMs?: number }): Promise<number>;
}
