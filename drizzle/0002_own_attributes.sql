CREATE TABLE "attribute_definitions" (
	"id" uuid PRIMARY KEY NOT NULL,
	"key" text NOT NULL,
	"type" text NOT NULL,
	"label" text,
	"description" text,
	"allowed_values" text[],
	"created_at" timestamp with time zone NOT NULL,
	"updated_at" timestamp with time zone NOT NULL,
	"archived_at" timestamp with time zone,
	CONSTRAINT "attribute_definitions_key_unique" UNIQUE("key")
);
--> statement-breakpoint
CREATE TABLE "attribute_types" (
	"key" text NOT NULL,
	"type" text NOT NULL,
	"first_seen_at" timestamp with time zone NOT NULL,
	CONSTRAINT "attribute_types_key_type_pk" PRIMARY KEY("key","type")
);
--> statement-breakpoint
do $$
begin
  if exists (select from pg_extension where extname = 'citus') then
    perform create_reference_table('attribute_definitions');
    perform create_reference_table('attribute_types');
  end if;
end $$;
--> statement-breakpoint
CREATE INDEX "customers_attributes" ON "customers" USING gin ("attributes" jsonb_path_ops);
