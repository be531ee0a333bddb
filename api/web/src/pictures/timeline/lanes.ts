import { CLASSES, classOf, type EventClass, type TimelineEvent } from './event-classes';

/** The lane of events that were nobody's in particular. */
export const NO_BODY = 'No body';

export interface Mark {
  event: TimelineEvent;
  x: number;
  /** Where the event ends, if the sources say and it shows. */
  end: number;
  /** Marks that would cover each other stand in rows. */
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
  shape: (typeof CLASSES)[number]['shape'];
  lanes: Lane[];
}

/** The earliest day that a date can mean. */
export function earliest(date: string): Date {
  const [year, month = '01', day = '01'] = date.split('-');
  return new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
}

/** A date's place on the line: what is known by its year or month only stands in the middle of it. */
export function middle(date: string): Date {
  const [year, month, day] = date.split('-');
  if (day) return earliest(date);
  if (month) return new Date(Date.UTC(Number(year), Number(month) - 1, 15));
  return new Date(Date.UTC(Number(year), 6, 1));
}

/** Events as lanes: exercises apart from meetings, a lane for each body, in the order of their first event. */
export function lanes(events: TimelineEvent[], x: (date: Date) => number, radius: number): Group[] {
  return CLASSES.map(({ name, shape }) => {
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
      const at = x(middle(event.start));
      lane.marks.push({ event, x: at, end: Math.max(event.end ? x(middle(event.end)) : at, at), row: 0 });
    }
    for (const lane of byBody.values()) stack(lane, radius);
    return { name, shape, lanes: [...byBody.values()] };
  }).filter(({ lanes }) => lanes.length > 0);
}

function stack(lane: Lane, radius: number): void {
  const ends: number[] = [];
  for (const mark of lane.marks) {
    const free = ends.findIndex((end) => end <= mark.x - radius);
    mark.row = free === -1 ? ends.length : free;
    ends[mark.row] = mark.end + radius + 1;
  }
  lane.rows = Math.max(ends.length, 1);
}
