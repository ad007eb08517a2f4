CREATE TABLE "tracking_plans" (
	"event" text NOT NULL,
	"version" integer NOT NULL,
	"schema" jsonb NOT NULL,
	"mode" text NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"ended_at" timestamp with time zone,
	CONSTRAINT "tracking_plans_event_version_pk" PRIMARY KEY("event","version")
);
--> statement-breakpoint
CREATE TABLE "tracking_violations" (
	"event" text NOT NULL,
	"version" integer NOT NULL,
	"source" text NOT NULL,
	"day" text NOT NULL,
	"count" integer NOT NULL,
	"last_reason" text NOT NULL,
	"last_at" timestamp with time zone NOT NULL,
	CONSTRAINT "tracking_violations_event_version_source_day_pk" PRIMARY KEY("event","version","source","day")
);
--> statement-breakpoint
do $$
begin
  if exists (select from pg_extension where extname = 'citus') then
  end if;
end $$;
