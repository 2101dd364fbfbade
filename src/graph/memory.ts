import type { RelayError } from "../core/index.ts";
import { required } from "../util/index.ts";
import { DoubtfulGroup } from "./doubtful-group.ts";
import { mutationError } from "./mutation-error.ts";
import type { Call } from "./rewriter.ts";
import type { Node, Value } from "./types.ts";

const ADVICE = "change a clone of the tensor and export again";

/** Why bytes may not be changed, and what to do about it. */
export interface Guard {
  readonly reason: string;
  readonly hint: string;
}

/** How a view follows from the tensor it looks at. */
export interface ViewStep {
  /** The operator that made the view, for messages. */
  readonly target: string;
  /** Whether one write through the view may change several of its elements. */
  readonly overlaps?: boolean;
  /** The view of `base`; absent when it cannot be taken again. */
  readonly forward?: ((base: Value) => Call) | undefined;
  /** `base` with `written` in the place of the view; absent when that cannot be expressed. */
  readonly inverse?: ((base: Value, written: Value) => Call) | undefined;
}

/** One way of looking at a memory. `value` is what it showed as of `version` of that memory. */
export interface View {
  readonly memory: Memory;
  /** What it looks at, and how; absent for the view that is the whole memory. */
  readonly origin?: { readonly parent: View; readonly step: ViewStep };
  value: Value;
  version: number;
}

/** Appends a call to the graph and gives its result, which is of the type of `like`. */
export type Emit = (call: Call, like: Value) => Value;

/**
 * What a tensor's bytes hold, in single assignment: every write makes a new version, and a view that is behind is taken
 * again when it is read. A write through a view is carried over to the whole only when something else is read.
 */
export class Memory {
  readonly root: View;
  /** Why these bytes may not be changed. */
  readonly guard: Guard | undefined;
  readonly #emit: Emit;
  #doubts: DoubtfulGroup<Memory, Guard> | undefined;
  #version = 0;
  #writer: Node | undefined;
  /** The view that was written last and whose value the root does not show yet. */
  #pending: View | undefined;

  constructor(value: Value, guard: Guard | undefined, emit: Emit) {
    this.root = { memory: this, value, version: 0 };
    this.guard = guard;
    this.#emit = emit;
  }

  /** Whether anything was written. */
  get isChanged(): boolean {
    return this.#version > 0;
  }

  /** A view whose `value` was just made from what `parent` shows. */
  view(parent: View, step: ViewStep, value: Value): View {
    return { memory: this, origin: { parent, step }, value, version: this.#version };
  }

  /** Notes that this may be the same memory as `other`. */
  doubtIdentity(other: Memory): void {
    const group = other.#group();
    if (this.#doubts !== undefined) {
      if (this.#doubts !== group) for (const member of group.absorb(this.#doubts)) member.#doubts = group;
      return;
    }
    this.#doubts = group;
    group.join(this, this.guard);
  }

  #group(): DoubtfulGroup<Memory, Guard> {
    if (this.#doubts === undefined) {
      this.#doubts = new DoubtfulGroup();
      this.#doubts.join(this, this.guard);
    }
    return this.#doubts;
  }

  /** What `view` shows now. @throws RelayError MUTATION_UNSUPPORTED when that cannot be told. */
  read(view: View): Value {
    const writer = this.#doubts?.possibleWriter(this);
    if (writer !== undefined) {
      const reason = `the file does not tell whether %${view.value.name}, which is read later, shares its memory`;
      throw mutationError(writer, reason, ADVICE);
    }
    if (view.version === this.#version) return view.value;
    this.#settle();
    return this.#refresh(view);
  }

  /** Makes `view` show `value`. */
  write(view: View, value: Value, node: Node): void {
    const guard = this.guard ?? this.#doubts?.guard;
    if (guard !== undefined) throw mutationError(node, guard.reason, guard.hint);
    for (let at: View | undefined = view; at.origin; at = at.origin.parent) {
      const { step } = at.origin;
      if (step.overlaps) throw mutationError(node, `it writes through ${step.target}`, ADVICE);
    }
    if (this.#pending !== view && view !== this.root) this.#settle();
    this.#version++;
    view.value = value;
    view.version = this.#version;
    this.#pending = view;
    this.#writer = node;
    this.#doubts?.recordWrite(this, node);
  }

  /** Carries the pending write up to the root. */
  #settle(): void {
    const view = this.#pending;
    if (view === undefined) return;
    this.#pending = undefined;
    if (view.origin !== undefined) this.#refresh(view.origin.parent);
    for (let child = view; child.origin !== undefined; child = child.origin.parent) {
      const { parent, step } = child.origin;
      if (step.inverse === undefined) throw this.#refuse(`it writes through ${step.target}`);
      parent.value = this.#emit(step.inverse(parent.value, child.value), parent.value);
      parent.version = this.#version;
    }
    this.root.version = this.#version;
  }

  /**
   * Takes `view` again from the root, which shows everything but a pending write.
   * Invariant: what a view that is up to date looks at is up to date too.
   */
  #refresh(view: View): Value {
    const behind: View[] = [];
    for (let at: View | undefined = view; at && at.version !== this.root.version; at = at.origin?.parent)
      behind.push(at);
    for (const at of behind.reverse()) {
      const { parent, step } = required(at.origin, "the root is never behind");
      if (step.forward === undefined) throw this.#refuse(`it changes what ${step.target} looks at`);
      at.value = this.#emit(step.forward(parent.value), at.value);
      at.version = this.root.version;
    }
    return view.value;
  }

  #refuse(reason: string): RelayError {
    const writer = required(this.#writer, "only a write puts views behind");
    return mutationError(writer, reason, ADVICE);
  }
}
