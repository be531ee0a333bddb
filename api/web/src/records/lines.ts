import { dateLabel, enumLabel, listed, periodLabel } from '../figure/words';
import type { RecordNameFragment } from './source.generated';
import type {
  BodyLinesFragment,
  ChairTermLinesFragment,
  ClaimLinesFragment,
  ContributionLinesFragment,
  DocumentLinesFragment,
  EventLinesFragment,
  InitiativeLinesFragment,
  MembershipLinesFragment,
  ProvisionLinesFragment,
} from './fragments.generated';

/** A record among others: its name, where it is, and what to know of it. */
export interface Line {
  href: string;
  label: string;
  beside?: string;
}

/** Records of one kind, the first of them, and how many there are. */
export interface Lines {
  total: number;
  lines: Line[];
}

const joined = (...parts: (string | null | undefined)[]) => parts.filter(Boolean).join(' · ');

export function eventLines({ totalCount, nodes }: EventLinesFragment): Lines {
  return {
    total: totalCount,
    lines: nodes.map(({ slug, title, start, end, city, planned }) => ({
      href: `/event/${slug}`,
      label: title,
      beside: joined(periodLabel(start, end), city, planned ? 'announced' : ''),
    })),
  };
}

export function documentLines({ totalCount, nodes }: DocumentLinesFragment): Lines {
  return {
    total: totalCount,
    lines: nodes.map(({ slug, title, kind, adopted }) => ({
      href: `/document/${slug}`,
      label: title,
      beside: joined(enumLabel(kind), dateLabel(adopted)),
    })),
  };
}

export function initiativeLines({ totalCount, nodes }: InitiativeLinesFragment): Lines {
  return {
    total: totalCount,
    lines: nodes.map(({ slug, name, status, started }) => ({
      href: `/initiative/${slug}`,
      label: name,
      beside: joined(status === 'UNKNOWN' ? '' : enumLabel(status), dateLabel(started)),
    })),
  };
}

export function contributionLines({ totalCount, nodes }: ContributionLinesFragment): Lines {
  return {
    total: totalCount,
    lines: nodes.map(({ slug, title, kind, start, end, partner }) => ({
      href: `/contribution/${slug}`,
      label: title,
      beside: joined(partner.name, enumLabel(kind), periodLabel(start, end)),
    })),
  };
}

export function claimLines({ totalCount, nodes }: ClaimLinesFragment): Lines {
  return {
    total: totalCount,
    lines: nodes.map(({ slug, statement, measure, value, unit, start, end, recorded }) => ({
      href: `/claim/${slug}`,
      label: statement,
      beside: joined(
        `${measure}: ${value.toLocaleString('en')} ${unit}`,
        periodLabel(start, end),
        recorded === null ? '' : `${recorded} on record`,
      ),
    })),
  };
}

export function provisionLines({ totalCount, nodes }: ProvisionLinesFragment, { named = false } = {}): Lines {
  return {
    total: totalCount,
    lines: nodes.map(({ slug, path, kind, summary, document }) => ({
      href: `/provision/${slug}`,
      label: named ? `${document.title}, ${path}` : path,
      beside: joined(enumLabel(kind), summary),
    })),
  };
}

export function chairTermLines({ totalCount, nodes }: ChairTermLinesFragment): Lines {
  return {
    total: totalCount,
    lines: nodes.map(({ slug, cycle, body, seats }) => ({
      href: `/chair-term/${slug}`,
      label: `${body.acronym ?? body.name}, ${cycle.replace('-', '–')}`,
      beside: listed(seats.map(({ party }) => party.name)),
    })),
  };
}

/** Memberships, named by the body that a party belongs to or by the party that belongs to a body. */
export function membershipLines({ totalCount, nodes }: MembershipLinesFragment, by: 'body' | 'party'): Lines {
  return {
    total: totalCount,
    lines: nodes.map(({ slug, role, start, end, body, party }) => ({
      href: `/membership/${slug}`,
      label: by === 'body' ? body.name : party.name,
      beside: joined(enumLabel(role), start && !end ? `since ${dateLabel(start)}` : periodLabel(start, end)),
    })),
  };
}

export function bodyLines({ totalCount, nodes }: BodyLinesFragment): Lines {
  return {
    total: totalCount,
    lines: nodes.map(({ slug, name, acronym, kind }) => ({
      href: `/body/${slug}`,
      label: name,
      beside: joined(acronym, enumLabel(kind)),
    })),
  };
}

/** What a record of any kind is called. */
export function recordName(record: RecordNameFragment): string {
  switch (record.__typename) {
    case 'Party':
    case 'Theme':
    case 'Body':
    case 'Initiative':
      return record.name;
    case 'Source':
    case 'Event':
    case 'Document':
    case 'WorkProgramme':
    case 'Contribution':
      return record.title;
    case 'Membership':
      return `${record.party.name} in the ${record.body.name}`;
    case 'ChairTerm':
      return `${record.body.name}, ${record.cycle.replace('-', '–')}`;
    case 'Provision':
      return `${record.document.title}, ${record.path}`;
    case 'Claim':
      return `${record.measure}: ${record.value.toLocaleString('en')} ${record.unit}`;
    default:
      return '';
  }
}

/** The key of a record of any kind: its slug, or a party's code. */
export function recordKey(record: RecordNameFragment): string {
  if (record.__typename === 'Party') return record.code;
  return 'slug' in record ? record.slug : '';
}
