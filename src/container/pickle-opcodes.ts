import type { PickleMachine } from "./pickle-machine.ts";
import { type PickleDict, PickleInstance, PickleTuple, type PickleValue } from "./pickle-values.ts";

/** An opcode and what it does; undefined for those that plain tensor data never needs and that are refused. */
export interface PickleOpcode {
  readonly name: string;
  readonly run: ((machine: PickleMachine) => void) | undefined;
}

/** A pickle of tensors has no longer integer than the 10 bytes of PyTorch's magic number. */
const MAX_INTEGER_BYTES = 1024;

function integer(bytes: Uint8Array): number | bigint {
  if (bytes.length === 0) return 0;
  const hex = Buffer.from(bytes).reverse().toString("hex");
  const value = BigInt.asIntN(bytes.length * 8, BigInt(`0x${hex}`));
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

function pushInteger(machine: PickleMachine, length: number): void {
  if (length < 0 || length > MAX_INTEGER_BYTES) throw machine.corrupt(`has an integer of ${length} bytes`);
  machine.push(integer(machine.reader.take(length)));
}

/** Lengths beyond what a double holds exactly are out of bounds in any case. */
function length64(machine: PickleMachine): number {
  return Number(machine.reader.uint64());
}

function pushText(machine: PickleMachine, length: number, encoding: "utf8" | "latin1"): void {
  const { buffer, byteOffset, byteLength } = machine.reader.take(length);
  machine.push(Buffer.from(buffer, byteOffset, byteLength).toString(encoding));
}

function pushBytes(machine: PickleMachine, length: number): void {
  machine.push(machine.reader.take(length));
}

function topList(machine: PickleMachine): PickleValue[] {
  const list = machine.top();
  if (!Array.isArray(list)) throw machine.corrupt("appends to what is no list");
  return list;
}

function setItems(machine: PickleMachine, items: readonly PickleValue[]): void {
  const target = machine.top();
  const dict = target instanceof PickleInstance ? target.items : target;
  if (!(dict instanceof Map) || items.length % 2 !== 0) throw machine.corrupt("sets items of what is no dict");
  for (let i = 0; i < items.length; i += 2) dict.set(items[i] ?? null, items[i + 1] ?? null);
}

function addItems(machine: PickleMachine): void {
  const items = machine.popToMark();
  const set = machine.top();
  if (!(set instanceof Set)) throw machine.corrupt("adds to what is no set");
  for (const item of items) set.add(item);
}

function append(machine: PickleMachine): void {
  const item = machine.pop();
  topList(machine).push(item);
}

function appendAll(machine: PickleMachine): void {
  const items = machine.popToMark();
  const list = topList(machine);
  for (const item of items) list.push(item);
}

function pushDict(machine: PickleMachine): void {
  const items = machine.popToMark();
  const dict: PickleDict = new Map();
  machine.push(dict);
  setItems(machine, items);
}

function setItem(machine: PickleMachine): void {
  const value = machine.pop();
  const key = machine.pop();
  setItems(machine, [key, value]);
}

function pushTuple(machine: PickleMachine, count: number): void {
  const items = Array.from({ length: count }, () => machine.pop()).reverse();
  machine.push(new PickleTuple(items));
}

function pushStackGlobal(machine: PickleMachine): void {
  const name = machine.pop();
  const module = machine.pop();
  if (typeof name !== "string" || typeof module !== "string") throw machine.corrupt("names a global by no string");
  machine.pushGlobal(module, name);
}

/** State on a dict is what PyTorch hangs on state dicts (`_metadata`): it says nothing about tensors. */
function build(machine: PickleMachine): void {
  const state = machine.pop();
  const target = machine.top();
  if (target instanceof PickleInstance) target.state = state;
  else if (!(target instanceof Map)) throw machine.refuse("to set the state of an object");
}

function checkProtocol(machine: PickleMachine): void {
  const protocol = machine.reader.uint8();
  if (protocol < 2 || protocol > 5) throw machine.corrupt(`is of protocol ${protocol}`);
}

type Row = readonly [code: number, name: string, run?: (machine: PickleMachine) => void];

/** https://github.com/python/cpython/blob/main/Lib/pickletools.py */
const ROWS: readonly Row[] = [
  [0x80, "PROTO", checkProtocol],
  [0x95, "FRAME", (m) => m.reader.skip(8)],
  [0x2e, "STOP", (m) => m.stop()],
  [0x28, "MARK", (m) => m.mark()],
  [0x30, "POP", (m) => void m.pop()],
  [0x31, "POP_MARK", (m) => void m.popToMark()],
  [0x32, "DUP", (m) => m.push(m.top())],
  [0x4e, "NONE", (m) => m.push(null)],
  [0x88, "NEWTRUE", (m) => m.push(true)],
  [0x89, "NEWFALSE", (m) => m.push(false)],
  [0x4a, "BININT", (m) => m.push(m.reader.int32())],
  [0x4b, "BININT1", (m) => m.push(m.reader.uint8())],
  [0x4d, "BININT2", (m) => m.push(m.reader.uint16())],
  [0x8a, "LONG1", (m) => pushInteger(m, m.reader.uint8())],
  [0x8b, "LONG4", (m) => pushInteger(m, m.reader.int32())],
  [0x47, "BINFLOAT", (m) => m.pushFloat(m.reader.float64BigEndian())],
  [0x55, "SHORT_BINSTRING", (m) => pushText(m, m.reader.uint8(), "latin1")],
  [0x54, "BINSTRING", (m) => pushText(m, m.reader.int32(), "latin1")],
  [0x8c, "SHORT_BINUNICODE", (m) => pushText(m, m.reader.uint8(), "utf8")],
  [0x58, "BINUNICODE", (m) => pushText(m, m.reader.uint32(), "utf8")],
  [0x8d, "BINUNICODE8", (m) => pushText(m, length64(m), "utf8")],
  [0x43, "SHORT_BINBYTES", (m) => pushBytes(m, m.reader.uint8())],
  [0x42, "BINBYTES", (m) => pushBytes(m, m.reader.uint32())],
  [0x8e, "BINBYTES8", (m) => pushBytes(m, length64(m))],
  [0x96, "BYTEARRAY8", (m) => pushBytes(m, length64(m))],
  [0x5d, "EMPTY_LIST", (m) => m.push([])],
  [0x6c, "LIST", (m) => m.push(m.popToMark())],
  [0x61, "APPEND", append],
  [0x65, "APPENDS", appendAll],
  [0x29, "EMPTY_TUPLE", (m) => m.push(new PickleTuple([]))],
  [0x85, "TUPLE1", (m) => pushTuple(m, 1)],
  [0x86, "TUPLE2", (m) => pushTuple(m, 2)],
  [0x87, "TUPLE3", (m) => pushTuple(m, 3)],
  [0x74, "TUPLE", (m) => m.push(new PickleTuple(m.popToMark()))],
  [0x7d, "EMPTY_DICT", (m) => m.push(new Map())],
  [0x64, "DICT", pushDict],
  [0x73, "SETITEM", setItem],
  [0x75, "SETITEMS", (m) => setItems(m, m.popToMark())],
  [0x8f, "EMPTY_SET", (m) => m.push(new Set())],
  [0x91, "FROZENSET", (m) => m.push(new Set(m.popToMark()))],
  [0x90, "ADDITEMS", addItems],
  [0x68, "BINGET", (m) => m.recall(m.reader.uint8())],
  [0x6a, "LONG_BINGET", (m) => m.recall(m.reader.uint32())],
  [0x71, "BINPUT", (m) => m.remember(m.reader.uint8())],
  [0x72, "LONG_BINPUT", (m) => m.remember(m.reader.uint32())],
  [0x94, "MEMOIZE", (m) => m.remember(m.memo.size)],
  [0x63, "GLOBAL", (m) => m.pushGlobal(m.line(), m.line())],
  [0x93, "STACK_GLOBAL", pushStackGlobal],
  [0x52, "REDUCE", (m) => m.construct()],
  [0x81, "NEWOBJ", (m) => m.instantiate()],
  [0x62, "BUILD", build],
  [0x51, "BINPERSID", (m) => m.pushPersistent()],
  [0x92, "NEWOBJ_EX"],
  [0x69, "INST"],
  [0x6f, "OBJ"],
  [0x82, "EXT1"],
  [0x83, "EXT2"],
  [0x84, "EXT4"],
  [0x50, "PERSID"],
  [0x97, "NEXT_BUFFER"],
  [0x98, "READONLY_BUFFER"],
  [0x46, "FLOAT"],
  [0x49, "INT"],
  [0x4c, "LONG"],
  [0x53, "STRING"],
  [0x56, "UNICODE"],
  [0x67, "GET"],
  [0x70, "PUT"],
];

export const PICKLE_OPCODES: ReadonlyMap<number, PickleOpcode> = new Map(
  ROWS.map(([code, name, run]) => [code, { name, run }]),
);
