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
--> statement-breakpoint
insert into attribute_types (key, type, first_seen_at)
select distinct key, type, timestamp with time zone '1970-01-01T00:00:00Z' from (
  select member.key, case jsonb_typeof(member.value)
    when 'string' then case when member.value #>> '{}' ~ '^(?:[12]\d{3}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\d|30)|02-(?:0[1-9]|1\d|2[0-8]))|(?:[12]\d(?:0[48]|[2468][048]|[13579][26])|(?:12|16|20|24|28)00)-02-29)$' then 'date'
      when member.value #>> '{}' ~ '^(?:[12]\d{3}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\d|30)|02-(?:0[1-9]|1\d|2[0-8]))|(?:[12]\d(?:0[48]|[2468][048]|[13579][26])|(?:12|16|20|24|28)00)-02-29)T(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,6})?)?(?:Z|[+-](?:0\d|1[0-4]):[0-5]\d)?$' then 'instant' else 'string' end
    when 'number' then 'number'
    when 'boolean' then 'boolean'
    when 'array' then case when exists (select from jsonb_array_elements(member.value) as element
      where jsonb_typeof(element) <> 'string') then 'other' else 'string_list' end
    when 'object' then 'other'
  end as type
  from customers c cross join lateral jsonb_each(c.attributes) as member
  where c.attributes <> '{}'
) as members where type is not null
on conflict (key, type) do nothing;
