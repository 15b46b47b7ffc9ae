// The engine's tasks by name: pure functions `(args, progress) => result`, each in a module of its own.
import { steadiest } from "./finding.js";
import { framesToSound, method } from "./method.js";
import { scores } from "./metrics.js";
import { picture } from "./picture.js";
import { realism } from "./realism.js";
import { texture } from "./texture.js";

/** @type {Record<string, (args: any, progress: (share: number, what?: string, found?: any) => void) => any>} */
export const TASKS = { framesToSound, method, picture, realism, scores, steadiest, texture };
