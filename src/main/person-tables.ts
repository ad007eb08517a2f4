/** The tables whose rows a merge moves: those of every feature above customers, as data. */
import { suppressions } from '#campaigns/tables.ts';
import type { PersonTable } from '#customers/identity/merge.ts';
import { events, orderLines, orders } from '#events/tables.ts';
import { customerProfiles } from '#profiles/tables.ts';
import { recommendationImpressions } from '#recommendations/tables.ts';
import { clusterMembers } from '#segments/clusters/tables.ts';
import { lookAlikeScores } from '#segments/look-alikes/tables.ts';
import {
  customerListMembers,
  membershipReevaluations,
  segmentMemberships,
  membershipIntervals,
} from '#segments/tables.ts';

export const featurePersonTables: readonly PersonTable[] = [
  { table: orders, onMerge: 'move' },
  { table: orderLines, onMerge: 'move' },
  { table: events, onMerge: 'move' },
  { table: suppressions, onMerge: 'move' },
  { table: recommendationImpressions, onMerge: 'move' },
  // Kept with their time of entry; memberships that no longer match are removed by the refresh.
  { table: segmentMemberships, onMerge: 'move' },
  { table: membershipIntervals, onMerge: 'move' },
  { table: membershipReevaluations, onMerge: 'drop' },
  { table: customerListMembers, onMerge: 'move' },
  // Computed for each of the two: the row of the kept one stays.
  { table: clusterMembers, onMerge: 'drop' },
  { table: lookAlikeScores, onMerge: 'drop' },
  { table: customerProfiles, onMerge: 'drop' },
];
