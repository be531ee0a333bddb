import type { RecordNameFragment } from './source.generated';

/** The title of a record of any kind. */
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

/** The slug of a record of any kind; the code of a party. */
export function recordKey(record: RecordNameFragment): string {
  if (record.__typename === 'Party') return record.code;
  return 'slug' in record ? record.slug : '';
}
