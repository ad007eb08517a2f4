CREATE TABLE "identity_conflicts" (
	"customer_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"other_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"source" text NOT NULL,
	"value_hash" "bytea" NOT NULL,
	"value" text,
	"reason" text NOT NULL,
	"status" text NOT NULL,
	"first_seen_at" timestamp with time zone NOT NULL,
	"last_seen_at" timestamp with time zone NOT NULL,
	"resolved_at" timestamp with time zone,
	CONSTRAINT "identity_conflicts_customer_id_id_pk" PRIMARY KEY("customer_id","id")
);
--> statement-breakpoint
do $$
begin
  if exists (select from pg_extension where extname = 'citus') then
    perform create_distributed_table('identity_conflicts', 'customer_id');
  end if;
end $$;
--> statement-breakpoint
ALTER TABLE "identity_conflicts" ADD CONSTRAINT "identity_conflicts_customer_id_customers_id_fk" FOREIGN KEY ("customer_id") REFERENCES "public"."customers"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
CREATE UNIQUE INDEX "identity_conflicts_once" ON "identity_conflicts" USING btree ("customer_id","other_id","value_hash","kind");
--> statement-breakpoint
CREATE INDEX "identity_conflicts_seen" ON "identity_conflicts" USING btree ("status","first_seen_at","id");
--> statement-breakpoint
CREATE INDEX "identity_conflicts_other" ON "identity_conflicts" USING btree ("other_id");
