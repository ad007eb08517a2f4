ALTER TABLE "events" ADD COLUMN "updated_at" timestamp with time zone DEFAULT date_trunc('milliseconds', now()) NOT NULL;
--> statement-breakpoint
ALTER TABLE "orders" ADD COLUMN "updated_at" timestamp with time zone DEFAULT date_trunc('milliseconds', now()) NOT NULL;
--> statement-breakpoint
CREATE INDEX "customers_updated_at" ON "customers" USING btree ("updated_at","id");
--> statement-breakpoint
CREATE INDEX "events_updated_at" ON "events" USING btree ("updated_at","id","customer_id");
--> statement-breakpoint
CREATE INDEX "orders_updated_at" ON "orders" USING btree ("updated_at","id","customer_id");
