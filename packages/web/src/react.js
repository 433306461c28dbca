"use client";
// For React: a component that shows nothing, and the calls.
import { useEffect } from "react";

import * as tidemark from "./index.js";

export function Tidemark(options) {
  // Once a page, whatever its properties become.
  useEffect(() => tidemark.init(options), []);
  return null;
}

export const useTidemark = () => tidemark;
