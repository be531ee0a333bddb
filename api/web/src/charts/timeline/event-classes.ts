import type { TimelineQuery } from './timeline.generated';

export type TimelineEvent = TimelineQuery['events']['nodes'][number];

/** The groups of event kinds in the timeline, with the shapes of their marks. */
export const EVENT_CLASSES = [
  { name: 'Meetings', shape: 'circle' },
  { name: 'Exercises', shape: 'diamond' },
  { name: 'Courses, workshops and others', shape: 'square' },
] as const;

export type EventClass = (typeof EVENT_CLASSES)[number]['name'];

/** The class of an event kind. */
export function classOf(kind: TimelineEvent['kind']): EventClass {
  switch (kind) {
    case 'TABLETOP_EXERCISE':
    case 'STAFF_EXERCISE':
    case 'FIELD_TRAINING_EXERCISE':
    case 'MARITIME_EXERCISE':
      return 'Exercises';
    case 'MINISTERIAL_MEETING':
    case 'RETREAT':
    case 'INFORMAL_MEETING':
    case 'SENIOR_OFFICIALS_MEETING':
    case 'WORKING_GROUP_MEETING':
    case 'EXPERT_WORKING_GROUP_MEETING':
    case 'PLANNING_CONFERENCE':
    case 'CONFERENCE':
    case 'DIALOGUE':
      return 'Meetings';
    default:
      return 'Courses, workshops and others';
  }
}
