ALTER TABLE "order_lines" ADD COLUMN "is_counted" boolean DEFAULT true NOT NULL;
--> statement-breakpoint
ALTER TABLE "orders" ADD COLUMN "cancelled_at" timestamp with time zone;
--> statement-breakpoint
UPDATE "order_lines" l SET "is_counted" = false FROM "orders" o
WHERE o."customer_id" = l."customer_id" AND o."id" = l."order_id" AND o."kind" = 'adjustment';
