/** All jobs of all features. */
import { jobs as changeJobs } from '#changes/jobs.ts';
import { jobs as customerJobs } from '#customers/jobs.ts';
import type { JobDefinition } from '#platform/jobs.ts';
import { jobs as predictionJobs } from '#predictions/jobs.ts';
import { jobs as profileJobs } from '#profiles/jobs.ts';
import { jobs as recommendationJobs } from '#recommendations/jobs.ts';
import { clusterJobs } from '#segments/clusters/compute.ts';
import { lookAlikeJobs } from '#segments/look-alikes/compute.ts';
import { exportJobs } from '#segments/export/jobs.ts';
import { jobs as segmentJobs } from '#segments/jobs.ts';
import { jobs as trackingJobs } from '#tracking/jobs.ts';
import { jobs as webhookJobs } from '#webhooks/jobs.ts';

export const jobs: readonly JobDefinition[] = [
  ...changeJobs,
  ...customerJobs,
  ...profileJobs,
  ...segmentJobs,
  ...exportJobs,
  ...clusterJobs,
  ...lookAlikeJobs,
  ...recommendationJobs,
  ...predictionJobs,
  ...trackingJobs,
  ...webhookJobs,
];
