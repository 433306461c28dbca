// What is kept in the browser, and only with consent: an id of the browser, and the events that are not delivered.
import { isPrivate, quietly, stored, words } from "./sdk.js";

const QUEUE = "tidemark_queue_";
/** Each page has a place of its own: two that are open at once do not overwrite each other. */
const own = QUEUE + words().join("");

/** Whether the visitor agreed, here or before. */
export const mayStore = () => !isPrivate() && !!stored("id");

const remove = (key) => quietly(() => localStorage.removeItem(key));

const put = (key, value) => quietly(() => localStorage.setItem(key, value));

export const keep = (key, value) => put("tidemark_" + key, value);

export const forget = (key) => remove("tidemark_" + key);

const queues = () => quietly(() => Object.keys(localStorage).filter((key) => key.startsWith(QUEUE))) || [];

/** Keeps what the core holds; its size is bounded there. */
export const save = (core) => {
  if (mayStore()) {
    const text = core.save();
    if (text) put(own, text);
    else remove(own);
  }
};

/** Takes over what earlier pages left. A page that is still open may send it too: under the same ids. */
export const adopt = (core) => {
  if (!mayStore()) return;
  const left = queues().filter((key) => key != own);
  for (const key of left) for (const batch of localStorage[key].split("\n")) if (batch) core.restore(batch);
  save(core);
  left.forEach(remove);
};

/** Forgets all but the wish not to be counted. */
export const erase = () => {
  forget("id");
  queues().forEach(remove);
};
