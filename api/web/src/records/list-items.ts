import { formatDate, formatEnum, formatList, formatPeriod } from '../format';
import type {
  BodyItemsFragment,
  ChairTermItemsFragment,
  ClaimItemsFragment,
  ContributionItemsFragment,
  DocumentItemsFragment,
  EventItemsFragment,
  InitiativeItemsFragment,
  MembershipItemsFragment,
  ProvisionItemsFragment,
} from './fragments.generated';
import { recordUrl } from '../routing/record-url';

/** A record in a list: its URL, its name and a short description. */
export interface ListItem {
  href: string;
  label: string;
  aside?: string;
}

/** The first records of a list, and the total number. */
export interface ListItems {
  total: number;
  items: ListItem[];
}

const joinParts = (...parts: (string | null | undefined)[]) => parts.filter(Boolean).join(' · ');

export function eventItems({ totalCount, nodes }: EventItemsFragment): ListItems {
  return {
    total: totalCount,
    items: nodes.map(({ slug, title, start, end, city, status }) => ({
      href: recordUrl('Event', slug),
      label: title,
      aside: joinParts(
        formatPeriod(start, end),
        city,
        status === 'HELD' ? '' : formatEnum(status).toLowerCase(),
      ),
    })),
  };
}

export function documentItems({ totalCount, nodes }: DocumentItemsFragment): ListItems {
  return {
    total: totalCount,
    items: nodes.map(({ slug, title, kind, adopted }) => ({
      href: recordUrl('Document', slug),
      label: title,
      aside: joinParts(formatEnum(kind), formatDate(adopted)),
    })),
  };
}

export function initiativeItems({ totalCount, nodes }: InitiativeItemsFragment): ListItems {
  return {
    total: totalCount,
    items: nodes.map(({ slug, name, status, started }) => ({
      href: recordUrl('Initiative', slug),
      label: name,
      aside: joinParts(status === 'UNKNOWN' ? '' : formatEnum(status), formatDate(started)),
    })),
  };
}

export function contributionItems({ totalCount, nodes }: ContributionItemsFragment): ListItems {
  return {
    total: totalCount,
    items: nodes.map(({ slug, title, kind, start, end, partner }) => ({
      href: recordUrl('Contribution', slug),
      label: title,
      aside: joinParts(partner.name, formatEnum(kind), formatPeriod(start, end)),
    })),
  };
}

export function claimItems({ totalCount, nodes }: ClaimItemsFragment): ListItems {
  return {
    total: totalCount,
    items: nodes.map(({ slug, statement, measure, value, unit, start, end, recorded }) => ({
      href: recordUrl('Claim', slug),
      label: statement,
      aside: joinParts(
        `${measure}: ${value.toLocaleString('en')} ${unit}`,
        formatPeriod(start, end),
        recorded === null ? '' : `${recorded} on record`,
      ),
    })),
  };
}

export function provisionItems(
  { totalCount, nodes }: ProvisionItemsFragment,
  { withDocument = false } = {},
): ListItems {
  return {
    total: totalCount,
    items: nodes.map(({ slug, path, kind, summary, document }) => ({
      href: recordUrl('Provision', slug),
      label: withDocument ? `${document.title}, ${path}` : path,
      aside: joinParts(formatEnum(kind), summary),
    })),
  };
}

export function chairTermItems({ totalCount, nodes }: ChairTermItemsFragment): ListItems {
  return {
    total: totalCount,
    items: nodes.map(({ slug, cycle, body, seats }) => ({
      href: recordUrl('ChairTerm', slug),
      label: `${body.acronym ?? body.name}, ${cycle.replace('-', '–')}`,
      aside: formatList(seats.map(({ party }) => party.name)),
    })),
  };
}

/** Memberships: with the name of the body on a party's page, of the party on a body's page. */
export function membershipItems(
  { totalCount, nodes }: MembershipItemsFragment,
  by: 'body' | 'party',
): ListItems {
  return {
    total: totalCount,
    items: nodes.map(({ slug, role, start, end, body, party }) => ({
      href: recordUrl('Membership', slug),
      label: by === 'body' ? body.name : party.name,
      aside: joinParts(
        formatEnum(role),
        start && !end ? `since ${formatDate(start)}` : formatPeriod(start, end),
      ),
    })),
  };
}

export function bodyItems({ totalCount, nodes }: BodyItemsFragment): ListItems {
  return {
    total: totalCount,
    items: nodes.map(({ slug, name, acronym, kind }) => ({
      href: recordUrl('Body', slug),
      label: name,
      aside: joinParts(acronym, formatEnum(kind)),
    })),
  };
}
