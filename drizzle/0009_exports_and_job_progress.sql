CREATE TABLE "job_progress" (
	"job_id" uuid PRIMARY KEY NOT NULL,
	"done" double precision NOT NULL,
	"total" double precision,
	"updated_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "customer_export_chunks" (
	"export_id" uuid NOT NULL,
	"position" integer NOT NULL,
	"key_id" text NOT NULL,
	"sealed" "bytea" NOT NULL,
	CONSTRAINT "customer_export_chunks_export_id_position_pk" PRIMARY KEY("export_id","position")
);
--> statement-breakpoint
CREATE TABLE "customer_exports" (
	"id" uuid PRIMARY KEY NOT NULL,
	"caller" text NOT NULL,
	"format" text NOT NULL,
	"fields" text[] NOT NULL,
	"rule" text,
	"has_contacts" boolean NOT NULL,
	"status" text NOT NULL,
	"place" jsonb,
	"chunk_count" integer NOT NULL,
	"row_count" integer NOT NULL,
	"total_count" integer,
	"failure" text,
	"created_at" timestamp with time zone NOT NULL,
	"updated_at" timestamp with time zone NOT NULL,
	"finished_at" timestamp with time zone,
	"expires_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
do $$
begin
  if exists (select from pg_extension where extname = 'citus') then
  end if;
end $$;
--> statement-breakpoint
CREATE INDEX "customer_exports_expires" ON "customer_exports" USING btree ("expires_at");
