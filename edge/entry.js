// The worker's entry: the fetch handler and the Durable Object class, backed by the module.
//
// A panic unwinds into an ordinary exception and harms one request. After a trap that can not
// unwind (memory exhausted, stack overflow) the bindings start a new instance of the module on the
// next call and count a generation: what the old instance held is gone, so each Durable Object is
// made anew, out of what its storage holds.
import { DurableObject } from "cloudflare:workers";
import * as module from "./index.js";

// Being a call into the module, this also starts the new instance when one is due; so it has to
// come before a method of an object of the old one.
const generation = () => module.__worker_init_state().instanceId;

/** A Durable Object whose methods run in the current instance of the module. */
const durable = (Inner) =>
  class extends DurableObject {
    #inner;
    #generation;

    constructor(ctx, env) {
      super(ctx, env);
      this.#current();
    }

    #current() {
      const current = generation();
      if (this.#generation !== current) {
        this.#inner = new Inner(this.ctx, this.env);
        this.#generation = current;
      }
      return this.#inner;
    }

    fetch(request) {
      return this.#current().fetch(request);
    }

    alarm() {
      return this.#current().alarm();
    }
  };

export default {
  fetch: (request, env, ctx) => module.fetch(request, env, ctx),
};

export const SiteShard = durable(module.SiteShard);
