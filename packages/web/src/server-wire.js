// What a server's events are on the wire (`POST /api/v1/events`), and what is read of the answers. Limits are the edge's to
// check: it names field and limit, and its words are handed on, with fields called as they are called here.
import { Buffer } from "node:buffer";
import { createHash, randomBytes } from "node:crypto";

/** Fields by what the wire calls them. */
const NAMES = {
  tracking_id: "site",
  client_id: "clientId",
  session_id: "sessionId",
  event_id: "eventId",
  event_type: "name",
  timestamp: "time",
  "user.screen_width": "screenWidth",
};

const renamed = (field) => NAMES[field] ?? field.replace(/^(page|user)\./, "").replace(/^custom_properties/, "props");

const refuse = (field, detail) => ({ refused: { status: "rejected", field, detail } });

/**
 * Who sent it, where that is not named: the same at the same address with the same browser, for a UTC day. The edge keeps a
 * hash of it, under a key that it destroys.
 */
export const clientOf = (site, ip, userAgent, atMs) => {
  const day = Math.floor(atMs / 86_400_000);
  return createHash("sha256").update([site, day, ip, userAgent].join("\n")).digest("base64url");
};

/** An event as JSON, or why it cannot be one. */
export const event = (site, name, given, nowMs) => {
  const { time, ip, userAgent, clientId, sessionId, eventId, url, title, referrer, props, revenue, screenWidth } = given;
  const { country, region, city, device, browser, language } = given;
  const at = time == null ? undefined : new Date(time);
  if (at && Number.isNaN(at.getTime())) return refuse("time", "must be a Date, milliseconds, or an RFC 3339 instant");
  if (clientId == null && !(ip && userAgent)) {
    return refuse("clientId", "is required, or ip and userAgent: else this server would be taken for the visitor");
  }
  try {
    const text = JSON.stringify({
      event_type: name,
      client_id: clientId ?? clientOf(site, ip, userAgent, (at ?? new Date()).getTime()),
      session_id: sessionId,
      event_id: eventId,
      // By the clock that no one sets, where the time is not the caller's.
      ...(at ? { timestamp: at.toISOString() } : { at_ms: nowMs }),
      page: url || title || referrer ? { url, title, referrer } : undefined,
      user: { country, region, city, device, browser, language, screen_width: screenWidth },
      revenue,
      custom_properties: props,
    });
    return { text };
  } catch (error) {
    return refuse("props", `cannot be written as JSON: ${error.message}`);
  }
};

/** A batch under an id of its own, by when it is sent: all else is the same at every try. */
export const body = (site, events) => {
  const head = `{"batch_id":"${randomBytes(16).toString("base64url")}","tracking_id":"${site}","events":[${events.join(",")}]`;
  return (sentAtMs) => Buffer.from(`${head},"sent_at_ms":${sentAtMs}}`);
};

/** What a final answer says: `{ outcomes, field, detail }`, all of them optional. */
const read = (text) => {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
};

/** What became of each event of a batch, by its index, as a final answer tells. */
export const outcomes = (status, text) => {
  if (status == 204) return () => ({ status: "accepted" });
  const told = read(text);
  const listed = Array.isArray(told.outcomes) ? told.outcomes : [];
  const byIndex = new Map(listed.map((outcome) => [outcome?.index, outcome]));
  const all = { status: "rejected", field: told.field, detail: told.detail ?? `the edge answered ${status}` };
  return (index) => {
    const { status, field, detail } = byIndex.get(index) ?? all;
    return { status, ...(detail && { detail }), ...(field && { field: renamed(`${field}`) }) };
  };
};
