import { EVENT_CLASSES, classOf, type EventClass, type TimelineEvent } from './event-classes';

/** The name of the lane of events without a body. */
export const NO_BODY = 'No body';

export interface Mark {
  event: TimelineEvent;
  x: number;
  /** The x coordinate of the end; equal to `x` if the event has no end date. */
  end: number;
  /** Overlapping marks are in different rows. */
  row: number;
}

export interface Lane {
  key: string;
  label: string;
  title: string;
  marks: Mark[];
  rows: number;
}

export interface Group {
  name: EventClass;
  shape: (typeof EVENT_CLASSES)[number]['shape'];
  lanes: Lane[];
}

/** The first day of an EDTF date. */
export function earliest(date: string): Date {
  const [year, month = '01', day = '01'] = date.split('-');
  return new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
}

/** The position of an EDTF date on the time axis: the midpoint of a year or month. */
export function midpoint(date: string): Date {
  const [year, month, day] = date.split('-');
  if (day) return earliest(date);
  if (month) return new Date(Date.UTC(Number(year), Number(month) - 1, 15));
  return new Date(Date.UTC(Number(year), 6, 1));
}

/** Groups events by class, and within a class by body, in the order of each body's first event. */
export function groupIntoLanes(events: TimelineEvent[], x: (date: Date) => number, radius: number): Group[] {
  return EVENT_CLASSES.map(({ name, shape }) => {
    const byBody = new Map<string, Lane>();
    for (const event of events) {
      if (classOf(event.kind) !== name) continue;
      const key = event.body?.slug ?? '';
      let lane = byBody.get(key);
      if (!lane) {
        const title = event.body?.name ?? NO_BODY;
        lane = { key, label: event.body?.acronym ?? title, title, marks: [], rows: 1 };
        byBody.set(key, lane);
      }
      const at = x(midpoint(event.start));
      lane.marks.push({ event, x: at, end: Math.max(event.end ? x(midpoint(event.end)) : at, at), row: 0 });
    }
    for (const lane of byBody.values()) assignRows(lane, radius);
    return { name, shape, lanes: [...byBody.values()] };
  }).filter(({ lanes }) => lanes.length > 0);
}

function assignRows(lane: Lane, radius: number): void {
  const ends: number[] = [];
  for (const mark of lane.marks) {
    const free = ends.findIndex((end) => end <= mark.x - radius);
    mark.row = free === -1 ? ends.length : free;
    ends[mark.row] = mark.end + radius + 1;
  }
  lane.rows = Math.max(ends.length, 1);
}
