import { arithmetic } from "./arithmetic.ts";
import type { Session } from "./session.ts";
import {
  DeviceValue,
  DictValue,
  EnumValue,
  type EvalValue,
  isKnownNumber,
  isNumber,
  ListValue,
  ScalarValue,
  TupleValue,
} from "./values.ts";

function allEqual(session: Session, a: readonly EvalValue[], b: readonly EvalValue[]): boolean | ScalarValue {
  if (a.length !== b.length) return false;
  let all: boolean | ScalarValue = true;
  for (const [i, item] of a.entries()) {
    const each = equal(session, item, b[i] ?? null);
    if (each === false) return false;
    all = all === true ? each : each === true ? all : (arithmetic(session, "__and__", all, each) as ScalarValue);
  }
  return all;
}

/** Whether two values are equal as `==` has it; a number of the graph when the inputs decide. */
export function equal(session: Session, a: EvalValue, b: EvalValue): boolean | ScalarValue {
  session.fuel.spend();
  if (isNumber(a) && isNumber(b)) {
    const result = arithmetic(session, "eq", a, b);
    return result instanceof ScalarValue ? result : Boolean(result);
  }
  if (a instanceof ListValue && b instanceof ListValue) return allEqual(session, a.content, b.content);
  if (a instanceof TupleValue && b instanceof TupleValue) return allEqual(session, a.items, b.items);
  if (a instanceof DeviceValue && b instanceof DeviceValue) return a.name === b.name;
  if (a instanceof EnumValue && b instanceof EnumValue) return a.className === b.className && a.member === b.member;
  if (a instanceof DictValue && b instanceof DictValue) {
    const pairs = (dict: DictValue) => [...dict.content].map((pair) => new TupleValue(pair));
    const other = [...a.content.keys()].map((key) => new TupleValue([key, b.content.get(key) ?? null]));
    return a.content.size === b.content.size && allEqual(session, pairs(a), other);
  }
  return a === b;
}

/** Whether two values are one and the same, as `is` has it: used with None, and with members of enumerations. */
export function identical(session: Session, a: EvalValue, b: EvalValue): boolean {
  if (isKnownNumber(a) || isKnownNumber(b)) return typeof a === typeof b && a === b;
  if (a instanceof EnumValue && equal(session, a, b) === true) {
    return session.refuse(
      "`is` between equal members of an enumeration, which PyTorch may hold apart,",
      "compare with ==",
    );
  }
  if (a instanceof DeviceValue) return equal(session, a, b) === true;
  return a === b;
}
