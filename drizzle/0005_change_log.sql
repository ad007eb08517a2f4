CREATE TABLE "change_log" (
	"transaction_id" "xid8" DEFAULT pg_current_xact_id() NOT NULL,
	"id" bigint GENERATED ALWAYS AS IDENTITY (sequence name "change_log_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"kind" text NOT NULL,
	"customer_id" uuid,
	"subject_id" uuid,
	"details" jsonb NOT NULL,
	"recorded_at" timestamp with time zone NOT NULL,
	"is_blanked" boolean DEFAULT false NOT NULL,
	CONSTRAINT "change_log_transaction_id_id_pk" PRIMARY KEY("transaction_id","id")
);
--> statement-breakpoint
do $$
begin
  if exists (select from pg_extension where extname = 'citus') then
  end if;
end $$;
--> statement-breakpoint
CREATE INDEX "change_log_customer" ON "change_log" USING btree ("customer_id","transaction_id","id");
