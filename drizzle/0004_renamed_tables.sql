-- Keys are renamed by their index, and foreign keys made again: a cluster renames no constraint of a distributed table.
ALTER TABLE "segment_stays" DROP CONSTRAINT "segment_stays_customer_id_customers_id_fk";
--> statement-breakpoint
ALTER TABLE "segment_stays" DROP CONSTRAINT "segment_stays_segment_id_segments_id_fk";
--> statement-breakpoint
ALTER TABLE "segment_stays" RENAME TO "membership_intervals";
--> statement-breakpoint
ALTER INDEX "segment_stays_customer_id_segment_id_entered_at_pk" RENAME TO "membership_intervals_customer_id_segment_id_entered_at_pk";
--> statement-breakpoint
ALTER INDEX "segment_stays_segment" RENAME TO "membership_intervals_segment";
--> statement-breakpoint
ALTER INDEX "segment_stays_customer" RENAME TO "membership_intervals_customer";
--> statement-breakpoint
ALTER INDEX "segment_stays_open" RENAME TO "membership_intervals_open";
--> statement-breakpoint
ALTER TABLE "membership_intervals" ADD CONSTRAINT "membership_intervals_customer_id_customers_id_fk" FOREIGN KEY ("customer_id") REFERENCES "public"."customers"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "membership_intervals" ADD CONSTRAINT "membership_intervals_segment_id_segments_id_fk" FOREIGN KEY ("segment_id") REFERENCES "public"."segments"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "segment_dues" DROP CONSTRAINT "segment_dues_customer_id_customers_id_fk";
--> statement-breakpoint
ALTER TABLE "segment_dues" DROP CONSTRAINT "segment_dues_segment_id_segments_id_fk";
--> statement-breakpoint
ALTER TABLE "segment_dues" RENAME TO "membership_reevaluations";
--> statement-breakpoint
ALTER INDEX "segment_dues_customer_id_segment_id_pk" RENAME TO "membership_reevaluations_customer_id_segment_id_pk";
--> statement-breakpoint
ALTER INDEX "segment_dues_at" RENAME TO "membership_reevaluations_at";
--> statement-breakpoint
ALTER INDEX "segment_dues_segment" RENAME TO "membership_reevaluations_segment";
--> statement-breakpoint
ALTER TABLE "membership_reevaluations" ADD CONSTRAINT "membership_reevaluations_customer_id_customers_id_fk" FOREIGN KEY ("customer_id") REFERENCES "public"."customers"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "membership_reevaluations" ADD CONSTRAINT "membership_reevaluations_segment_id_segments_id_fk" FOREIGN KEY ("segment_id") REFERENCES "public"."segments"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "customer_changes" RENAME TO "recompute_queue";
--> statement-breakpoint
ALTER INDEX "customer_changes_pkey" RENAME TO "recompute_queue_pkey";
--> statement-breakpoint
ALTER INDEX "customer_changes_at" RENAME TO "recompute_queue_at";
