CREATE TABLE "tracking_inbox" (
	"id" uuid PRIMARY KEY NOT NULL,
	"source" text NOT NULL,
	"received_at" timestamp with time zone NOT NULL,
	"on_conflict" text NOT NULL,
	"message_count" integer NOT NULL,
	"key_id" text NOT NULL,
	"sealed" "bytea" NOT NULL
);
--> statement-breakpoint
CREATE TABLE "tracking_messages" (
	"id" uuid PRIMARY KEY NOT NULL,
	"received_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "tracking_rejects" (
	"source" text NOT NULL,
	"id" uuid NOT NULL,
	"received_at" timestamp with time zone NOT NULL,
	"type" text NOT NULL,
	"message_id" text NOT NULL,
	"reason" text NOT NULL,
	"on_conflict" text NOT NULL,
	"key_id" text NOT NULL,
	"sealed" "bytea" NOT NULL,
	CONSTRAINT "tracking_rejects_id_pk" PRIMARY KEY("id")
);
--> statement-breakpoint
do $$
begin
  if exists (select from pg_extension where extname = 'citus') then
    perform create_distributed_table('tracking_messages', 'id');
  end if;
end $$;
--> statement-breakpoint
CREATE INDEX "tracking_messages_received" ON "tracking_messages" USING btree ("received_at");
--> statement-breakpoint
CREATE INDEX "tracking_rejects_received" ON "tracking_rejects" USING btree ("received_at","id");
