CREATE TABLE "campaigns" (
	"id" uuid PRIMARY KEY NOT NULL,
	"key" text NOT NULL,
	"name" text NOT NULL,
	"channel" text NOT NULL,
	"purpose" text NOT NULL,
	"audience" jsonb NOT NULL,
	"content" jsonb NOT NULL,
	"holdout_share" double precision NOT NULL,
	"salt" text NOT NULL,
	"cap_count" integer,
	"cap_days" integer,
	"created_at" timestamp with time zone NOT NULL,
	"updated_at" timestamp with time zone NOT NULL,
	"archived_at" timestamp with time zone,
	CONSTRAINT "campaigns_key_unique" UNIQUE("key")
);
--> statement-breakpoint
CREATE TABLE "suppressions" (
	"customer_id" uuid NOT NULL,
	"channel" text NOT NULL,
	"reason" text NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	CONSTRAINT "suppressions_customer_id_channel_pk" PRIMARY KEY("customer_id","channel")
);
--> statement-breakpoint
CREATE TABLE "product_keywords" (
	"product_id" uuid NOT NULL,
	"keyword" text NOT NULL,
	"weight" real NOT NULL,
	CONSTRAINT "product_keywords_product_id_keyword_pk" PRIMARY KEY("product_id","keyword")
);
--> statement-breakpoint
CREATE TABLE "products" (
	"id" uuid PRIMARY KEY NOT NULL,
	"sku" text NOT NULL,
	"name" text NOT NULL,
	"description" text,
	"brand" text,
	"category" text,
	"kind" text NOT NULL,
	"price" numeric(18, 4),
	"stock" integer,
	"image_url" text,
	"attributes" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"updated_at" timestamp with time zone NOT NULL,
	"archived_at" timestamp with time zone,
	CONSTRAINT "products_sku_unique" UNIQUE("sku")
);
--> statement-breakpoint
CREATE TABLE "consent_history" (
	"customer_id" uuid NOT NULL,
	"channel" text NOT NULL,
	"purpose" text NOT NULL,
	"recorded_at" timestamp with time zone NOT NULL,
	"id" uuid NOT NULL,
	"status" text NOT NULL,
	"source" text NOT NULL,
	"proof" jsonb,
	CONSTRAINT "consent_history_customer_id_channel_purpose_recorded_at_id_pk" PRIMARY KEY("customer_id","channel","purpose","recorded_at","id")
);
--> statement-breakpoint
CREATE TABLE "consents" (
	"customer_id" uuid NOT NULL,
	"channel" text NOT NULL,
	"purpose" text NOT NULL,
	"status" text NOT NULL,
	"source" text NOT NULL,
	"proof" jsonb,
	"recorded_at" timestamp with time zone NOT NULL,
	CONSTRAINT "consents_customer_id_channel_purpose_pk" PRIMARY KEY("customer_id","channel","purpose")
);
--> statement-breakpoint
CREATE TABLE "customer_changes" (
	"customer_id" uuid PRIMARY KEY NOT NULL,
	"changed_at" timestamp with time zone NOT NULL,
	"facts" jsonb
);
--> statement-breakpoint
CREATE TABLE "customer_connections" (
	"customer_id" uuid NOT NULL,
	"other_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"direction" text NOT NULL,
	"source" text NOT NULL,
	"began_at" timestamp with time zone,
	"recorded_at" timestamp with time zone NOT NULL,
	CONSTRAINT "customer_connections_customer_id_other_id_kind_direction_pk" PRIMARY KEY("customer_id","other_id","kind","direction"),
	CONSTRAINT "customer_connections_two_people" CHECK (customer_id <> other_id)
);
--> statement-breakpoint
CREATE TABLE "customer_contacts" (
	"customer_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"position" smallint NOT NULL,
	"key_id" text NOT NULL,
	"sealed" "bytea" NOT NULL,
	"value_hash" "bytea" NOT NULL,
	"updated_at" timestamp with time zone NOT NULL,
	CONSTRAINT "customer_contacts_customer_id_kind_position_pk" PRIMARY KEY("customer_id","kind","position")
);
--> statement-breakpoint
CREATE TABLE "customer_identities" (
	"value_hash" "bytea" NOT NULL,
	"kind" text NOT NULL,
	"source" text DEFAULT '' NOT NULL,
	"customer_id" uuid NOT NULL,
	"value" text,
	"created_at" timestamp with time zone NOT NULL,
	CONSTRAINT "customer_identities_value_hash_kind_source_pk" PRIMARY KEY("value_hash","kind","source")
);
--> statement-breakpoint
CREATE TABLE "customer_search" (
	"customer_id" uuid PRIMARY KEY NOT NULL,
	"tokens" bigint[] NOT NULL
);
--> statement-breakpoint
CREATE TABLE "customers" (
	"id" uuid PRIMARY KEY NOT NULL,
	"country" text,
	"language" text,
	"attributes" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"updated_at" timestamp with time zone NOT NULL,
	"first_seen_at" timestamp with time zone,
	"last_seen_at" timestamp with time zone,
	"merged_into_id" uuid,
	"erased_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "events" (
	"customer_id" uuid NOT NULL,
	"occurred_at" timestamp with time zone NOT NULL,
	"id" uuid NOT NULL,
	"kind" text NOT NULL,
	"source" text NOT NULL,
	"session_id" text,
	"product_id" uuid,
	"order_id" uuid,
	"properties" jsonb NOT NULL,
	"recorded_at" timestamp with time zone NOT NULL,
	CONSTRAINT "events_customer_id_occurred_at_id_pk" PRIMARY KEY("customer_id","occurred_at","id")
) partition by range ("occurred_at");
--> statement-breakpoint
CREATE TABLE "imports" (
	"id" uuid PRIMARY KEY NOT NULL,
	"format" text NOT NULL,
	"file_name" text NOT NULL,
	"file_hash" text NOT NULL,
	"status" text NOT NULL,
	"rows_done" integer NOT NULL,
	"counts" jsonb NOT NULL,
	"started_at" timestamp with time zone NOT NULL,
	"finished_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "order_lines" (
	"customer_id" uuid NOT NULL,
	"order_id" uuid NOT NULL,
	"line_number" integer NOT NULL,
	"product_id" uuid NOT NULL,
	"quantity" integer NOT NULL,
	"unit_price" numeric(18, 4) NOT NULL,
	"amount" numeric(18, 4) NOT NULL,
	"placed_at" timestamp with time zone NOT NULL,
	"repeat_count" integer DEFAULT 0 NOT NULL,
	CONSTRAINT "order_lines_customer_id_order_id_line_number_pk" PRIMARY KEY("customer_id","order_id","line_number")
);
--> statement-breakpoint
CREATE TABLE "orders" (
	"customer_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"source" text NOT NULL,
	"number" text NOT NULL,
	"kind" text NOT NULL,
	"original_order_id" uuid,
	"placed_at" timestamp with time zone NOT NULL,
	"currency" text NOT NULL,
	"total" numeric(18, 4) NOT NULL,
	"item_count" integer NOT NULL,
	"line_count" integer NOT NULL,
	"country" text,
	"channel" text,
	CONSTRAINT "orders_customer_id_id_pk" PRIMARY KEY("customer_id","id")
);
--> statement-breakpoint
CREATE TABLE "api_keys" (
	"id" uuid PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"key_hash" "bytea" NOT NULL,
	"prefix" text NOT NULL,
	"scopes" text[] NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"last_used_at" timestamp with time zone,
	"revoked_at" timestamp with time zone,
	CONSTRAINT "api_keys_key_hash_unique" UNIQUE("key_hash")
);
--> statement-breakpoint
CREATE TABLE "installation" (
	"key" text NOT NULL,
	"value" text NOT NULL,
	CONSTRAINT "installation_key_pk" PRIMARY KEY("key")
);
--> statement-breakpoint
CREATE TABLE "prediction_models" (
	"id" uuid PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"version" integer NOT NULL,
	"parameters" jsonb NOT NULL,
	"customer_count" integer NOT NULL,
	"log_likelihood" double precision NOT NULL,
	"trained_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "customer_profiles" (
	"customer_id" uuid PRIMARY KEY NOT NULL,
	"order_count" integer NOT NULL,
	"revenue" numeric(18, 4) NOT NULL,
	"first_order_at" timestamp with time zone,
	"last_order_at" timestamp with time zone,
	"average_gap_days" double precision,
	"item_count" integer NOT NULL,
	"distinct_product_count" integer NOT NULL,
	"return_count" integer NOT NULL,
	"return_rate" double precision,
	"average_order_value" numeric(18, 4),
	"preferred_weekday" smallint,
	"preferred_hour" smallint,
	"rfm_recency" smallint,
	"rfm_frequency" smallint,
	"rfm_monetary" smallint,
	"rfm_group" text,
	"top_categories" jsonb NOT NULL,
	"interests" jsonb NOT NULL,
	"tags" text[] NOT NULL,
	"computed_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "keyword_rarity" (
	"keyword" text PRIMARY KEY NOT NULL,
	"rarity" double precision NOT NULL
);
--> statement-breakpoint
CREATE TABLE "profile_quantiles" (
	"measure" text PRIMARY KEY NOT NULL,
	"cuts" double precision[] NOT NULL,
	"computed_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "model_artifacts" (
	"model_id" uuid NOT NULL,
	"part" text NOT NULL,
	"piece" integer NOT NULL,
	"bytes" "bytea" NOT NULL,
	CONSTRAINT "model_artifacts_model_id_part_piece_pk" PRIMARY KEY("model_id","part","piece")
);
--> statement-breakpoint
CREATE TABLE "models" (
	"id" uuid PRIMARY KEY NOT NULL,
	"algorithm" text NOT NULL,
	"version" integer NOT NULL,
	"status" text NOT NULL,
	"seed" integer NOT NULL,
	"hyperparameters" jsonb NOT NULL,
	"metrics" jsonb NOT NULL,
	"notes" text[] DEFAULT '{}' NOT NULL,
	"default_for" text[] DEFAULT '{}' NOT NULL,
	"data_from" timestamp with time zone,
	"data_to" timestamp with time zone,
	"customer_count" integer NOT NULL,
	"product_count" integer NOT NULL,
	"interaction_count" integer NOT NULL,
	"started_at" timestamp with time zone NOT NULL,
	"trained_at" timestamp with time zone,
	"published_at" timestamp with time zone,
	"retired_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "recommendation_impressions" (
	"customer_id" uuid NOT NULL,
	"list_id" uuid NOT NULL,
	"rank" smallint NOT NULL,
	"product_id" uuid NOT NULL,
	"list" text NOT NULL,
	"algorithm" text NOT NULL,
	"model_version" integer NOT NULL,
	"shown_at" timestamp with time zone NOT NULL,
	CONSTRAINT "recommendation_impressions_customer_id_list_id_rank_pk" PRIMARY KEY("customer_id","list_id","rank")
);
--> statement-breakpoint
CREATE TABLE "cluster_members" (
	"customer_id" uuid NOT NULL,
	"cluster_set_id" uuid NOT NULL,
	"cluster_id" uuid NOT NULL,
	"distance" double precision NOT NULL,
	"entered_at" timestamp with time zone NOT NULL,
	CONSTRAINT "cluster_members_customer_id_cluster_set_id_pk" PRIMARY KEY("customer_id","cluster_set_id")
);
--> statement-breakpoint
CREATE TABLE "cluster_sets" (
	"id" uuid PRIMARY KEY NOT NULL,
	"key" text NOT NULL,
	"name" text NOT NULL,
	"description" text,
	"settings" jsonb NOT NULL,
	"version" integer NOT NULL,
	"status" text NOT NULL,
	"failure" text,
	"report" jsonb,
	"computed_at" timestamp with time zone,
	"created_at" timestamp with time zone NOT NULL,
	"updated_at" timestamp with time zone NOT NULL,
	"archived_at" timestamp with time zone,
	CONSTRAINT "cluster_sets_key_unique" UNIQUE("key")
);
--> statement-breakpoint
CREATE TABLE "clusters" (
	"id" uuid PRIMARY KEY NOT NULL,
	"cluster_set_id" uuid NOT NULL,
	"number" integer NOT NULL,
	"key" text NOT NULL,
	"name" text NOT NULL,
	"description" text NOT NULL,
	"size" integer NOT NULL,
	"share" double precision NOT NULL,
	"rule" text,
	"rule_precision" double precision,
	"rule_recall" double precision,
	"traits" jsonb NOT NULL,
	CONSTRAINT "clusters_key_unique" UNIQUE("key")
);
--> statement-breakpoint
CREATE TABLE "look_alike_scores" (
	"customer_id" uuid NOT NULL,
	"look_alike_id" uuid NOT NULL,
	"score" double precision NOT NULL,
	"share" double precision NOT NULL,
	"scored_at" timestamp with time zone NOT NULL,
	CONSTRAINT "look_alike_scores_customer_id_look_alike_id_pk" PRIMARY KEY("customer_id","look_alike_id")
);
--> statement-breakpoint
CREATE TABLE "look_alikes" (
	"id" uuid PRIMARY KEY NOT NULL,
	"key" text NOT NULL,
	"name" text NOT NULL,
	"description" text,
	"seed_segment_id" uuid NOT NULL,
	"settings" jsonb NOT NULL,
	"version" integer NOT NULL,
	"status" text NOT NULL,
	"failure" text,
	"report" jsonb,
	"computed_at" timestamp with time zone,
	"created_at" timestamp with time zone NOT NULL,
	"updated_at" timestamp with time zone NOT NULL,
	"archived_at" timestamp with time zone,
	CONSTRAINT "look_alikes_key_unique" UNIQUE("key")
);
--> statement-breakpoint
CREATE TABLE "customer_list_members" (
	"customer_id" uuid NOT NULL,
	"list_id" uuid NOT NULL,
	"added_at" timestamp with time zone NOT NULL,
	CONSTRAINT "customer_list_members_customer_id_list_id_pk" PRIMARY KEY("customer_id","list_id")
);
--> statement-breakpoint
CREATE TABLE "customer_lists" (
	"id" uuid PRIMARY KEY NOT NULL,
	"key" text NOT NULL,
	"name" text NOT NULL,
	"description" text,
	"created_at" timestamp with time zone NOT NULL,
	"updated_at" timestamp with time zone NOT NULL,
	"archived_at" timestamp with time zone,
	CONSTRAINT "customer_lists_key_unique" UNIQUE("key")
);
--> statement-breakpoint
CREATE TABLE "segment_dues" (
	"customer_id" uuid NOT NULL,
	"segment_id" uuid NOT NULL,
	"due_at" timestamp with time zone NOT NULL,
	CONSTRAINT "segment_dues_customer_id_segment_id_pk" PRIMARY KEY("customer_id","segment_id")
);
--> statement-breakpoint
CREATE TABLE "segment_memberships" (
	"customer_id" uuid NOT NULL,
	"segment_id" uuid NOT NULL,
	"entered_at" timestamp with time zone NOT NULL,
	"rule_version" integer NOT NULL,
	CONSTRAINT "segment_memberships_customer_id_segment_id_pk" PRIMARY KEY("customer_id","segment_id")
);
--> statement-breakpoint
CREATE TABLE "segment_stays" (
	"customer_id" uuid NOT NULL,
	"segment_id" uuid NOT NULL,
	"entered_at" timestamp with time zone NOT NULL,
	"entered_version" integer NOT NULL,
	"entered_cause" text NOT NULL,
	"entered_event_id" uuid,
	"left_at" timestamp with time zone,
	"left_version" integer,
	"left_cause" text,
	"left_event_id" uuid,
	CONSTRAINT "segment_stays_customer_id_segment_id_entered_at_pk" PRIMARY KEY("customer_id","segment_id","entered_at")
);
--> statement-breakpoint
CREATE TABLE "segments" (
	"id" uuid PRIMARY KEY NOT NULL,
	"key" text NOT NULL,
	"name" text NOT NULL,
	"description" text,
	"rule" text NOT NULL,
	"rule_version" integer NOT NULL,
	"is_time_driven" boolean NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"updated_at" timestamp with time zone NOT NULL,
	"evaluated_at" timestamp with time zone,
	"archived_at" timestamp with time zone,
	CONSTRAINT "segments_key_unique" UNIQUE("key")
);
--> statement-breakpoint
do $$
begin
  if exists (select from pg_extension where extname = 'citus') then
    perform create_reference_table('campaigns');
    perform create_distributed_table('suppressions', 'customer_id');
    perform create_reference_table('product_keywords');
    perform create_reference_table('products');
    perform create_distributed_table('consent_history', 'customer_id');
    perform create_distributed_table('consents', 'customer_id');
    perform create_distributed_table('customer_changes', 'customer_id');
    perform create_distributed_table('customer_connections', 'customer_id');
    perform create_distributed_table('customer_contacts', 'customer_id');
    perform create_distributed_table('customer_identities', 'value_hash');
    perform create_distributed_table('customer_search', 'customer_id');
    perform create_distributed_table('customers', 'id');
    perform create_distributed_table('events', 'customer_id');
    perform create_distributed_table('order_lines', 'customer_id');
    perform create_distributed_table('orders', 'customer_id');
    perform create_reference_table('prediction_models');
    perform create_distributed_table('customer_profiles', 'customer_id');
    perform create_reference_table('keyword_rarity');
    perform create_reference_table('profile_quantiles');
    perform create_reference_table('model_artifacts');
    perform create_reference_table('models');
    perform create_distributed_table('recommendation_impressions', 'customer_id');
    perform create_distributed_table('cluster_members', 'customer_id');
    perform create_reference_table('cluster_sets');
    perform create_reference_table('clusters');
    perform create_distributed_table('look_alike_scores', 'customer_id');
    perform create_reference_table('look_alikes');
    perform create_distributed_table('customer_list_members', 'customer_id');
    perform create_reference_table('customer_lists');
    perform create_distributed_table('segment_dues', 'customer_id');
    perform create_distributed_table('segment_memberships', 'customer_id');
    perform create_distributed_table('segment_stays', 'customer_id');
    perform create_reference_table('segments');
  end if;
end $$;
--> statement-breakpoint
ALTER TABLE "suppressions" ADD CONSTRAINT "suppressions_customer_id_customers_id_fk" FOREIGN KEY ("customer_id") REFERENCES "public"."customers"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "product_keywords" ADD CONSTRAINT "product_keywords_product_id_products_id_fk" FOREIGN KEY ("product_id") REFERENCES "public"."products"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "consent_history" ADD CONSTRAINT "consent_history_customer_id_customers_id_fk" FOREIGN KEY ("customer_id") REFERENCES "public"."customers"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "consents" ADD CONSTRAINT "consents_customer_id_customers_id_fk" FOREIGN KEY ("customer_id") REFERENCES "public"."customers"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "customer_connections" ADD CONSTRAINT "customer_connections_customer_id_customers_id_fk" FOREIGN KEY ("customer_id") REFERENCES "public"."customers"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "customer_contacts" ADD CONSTRAINT "customer_contacts_customer_id_customers_id_fk" FOREIGN KEY ("customer_id") REFERENCES "public"."customers"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "customer_search" ADD CONSTRAINT "customer_search_customer_id_customers_id_fk" FOREIGN KEY ("customer_id") REFERENCES "public"."customers"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "customer_profiles" ADD CONSTRAINT "customer_profiles_customer_id_customers_id_fk" FOREIGN KEY ("customer_id") REFERENCES "public"."customers"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "model_artifacts" ADD CONSTRAINT "model_artifacts_model_id_models_id_fk" FOREIGN KEY ("model_id") REFERENCES "public"."models"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "cluster_members" ADD CONSTRAINT "cluster_members_customer_id_customers_id_fk" FOREIGN KEY ("customer_id") REFERENCES "public"."customers"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "cluster_members" ADD CONSTRAINT "cluster_members_cluster_set_id_cluster_sets_id_fk" FOREIGN KEY ("cluster_set_id") REFERENCES "public"."cluster_sets"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "cluster_members" ADD CONSTRAINT "cluster_members_cluster_id_clusters_id_fk" FOREIGN KEY ("cluster_id") REFERENCES "public"."clusters"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "clusters" ADD CONSTRAINT "clusters_cluster_set_id_cluster_sets_id_fk" FOREIGN KEY ("cluster_set_id") REFERENCES "public"."cluster_sets"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "look_alike_scores" ADD CONSTRAINT "look_alike_scores_customer_id_customers_id_fk" FOREIGN KEY ("customer_id") REFERENCES "public"."customers"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "look_alike_scores" ADD CONSTRAINT "look_alike_scores_look_alike_id_look_alikes_id_fk" FOREIGN KEY ("look_alike_id") REFERENCES "public"."look_alikes"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "look_alikes" ADD CONSTRAINT "look_alikes_seed_segment_id_segments_id_fk" FOREIGN KEY ("seed_segment_id") REFERENCES "public"."segments"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "customer_list_members" ADD CONSTRAINT "customer_list_members_customer_id_customers_id_fk" FOREIGN KEY ("customer_id") REFERENCES "public"."customers"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "customer_list_members" ADD CONSTRAINT "customer_list_members_list_id_customer_lists_id_fk" FOREIGN KEY ("list_id") REFERENCES "public"."customer_lists"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "segment_dues" ADD CONSTRAINT "segment_dues_customer_id_customers_id_fk" FOREIGN KEY ("customer_id") REFERENCES "public"."customers"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "segment_dues" ADD CONSTRAINT "segment_dues_segment_id_segments_id_fk" FOREIGN KEY ("segment_id") REFERENCES "public"."segments"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "segment_memberships" ADD CONSTRAINT "segment_memberships_customer_id_customers_id_fk" FOREIGN KEY ("customer_id") REFERENCES "public"."customers"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "segment_memberships" ADD CONSTRAINT "segment_memberships_segment_id_segments_id_fk" FOREIGN KEY ("segment_id") REFERENCES "public"."segments"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "segment_stays" ADD CONSTRAINT "segment_stays_customer_id_customers_id_fk" FOREIGN KEY ("customer_id") REFERENCES "public"."customers"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "segment_stays" ADD CONSTRAINT "segment_stays_segment_id_segments_id_fk" FOREIGN KEY ("segment_id") REFERENCES "public"."segments"("id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
CREATE INDEX "product_keywords_keyword" ON "product_keywords" USING btree ("keyword","product_id");
--> statement-breakpoint
CREATE INDEX "products_name" ON "products" USING btree ("name","id");
--> statement-breakpoint
CREATE INDEX "products_category" ON "products" USING btree ("category","id");
--> statement-breakpoint
CREATE INDEX "products_updated_at" ON "products" USING btree ("updated_at","id");
--> statement-breakpoint
CREATE INDEX "customer_changes_at" ON "customer_changes" USING btree ("changed_at");
--> statement-breakpoint
CREATE INDEX "customer_connections_recorded" ON "customer_connections" USING btree ("customer_id","recorded_at","other_id","kind","direction");
--> statement-breakpoint
CREATE INDEX "customer_contacts_key" ON "customer_contacts" USING btree ("key_id");
--> statement-breakpoint
CREATE INDEX "customer_identities_customer" ON "customer_identities" USING btree ("customer_id");
--> statement-breakpoint
CREATE INDEX "customer_search_tokens" ON "customer_search" USING gin ("tokens");
--> statement-breakpoint
CREATE INDEX "customers_created_at" ON "customers" USING btree ("created_at","id");
--> statement-breakpoint
CREATE INDEX "customers_last_seen_at" ON "customers" USING btree ("last_seen_at","id");
--> statement-breakpoint
CREATE INDEX "customers_merged_into" ON "customers" USING btree ("merged_into_id") WHERE merged_into_id is not null;
--> statement-breakpoint
CREATE INDEX "events_kind" ON "events" USING btree ("customer_id","kind","occurred_at");
--> statement-breakpoint
CREATE UNIQUE INDEX "orders_number" ON "orders" USING btree ("customer_id","source","number");
--> statement-breakpoint
CREATE INDEX "orders_placed_at" ON "orders" USING btree ("customer_id","placed_at","id");
--> statement-breakpoint
CREATE UNIQUE INDEX "prediction_models_version" ON "prediction_models" USING btree ("kind","version");
--> statement-breakpoint
CREATE INDEX "customer_profiles_revenue" ON "customer_profiles" USING btree ("revenue","customer_id");
--> statement-breakpoint
CREATE INDEX "customer_profiles_last_order" ON "customer_profiles" USING btree ("last_order_at","customer_id");
--> statement-breakpoint
CREATE INDEX "customer_profiles_orders" ON "customer_profiles" USING btree ("order_count","customer_id");
--> statement-breakpoint
CREATE UNIQUE INDEX "models_version" ON "models" USING btree ("algorithm","version");
--> statement-breakpoint
CREATE INDEX "models_status" ON "models" USING btree ("algorithm","status");
--> statement-breakpoint
CREATE INDEX "recommendation_impressions_shown_at" ON "recommendation_impressions" USING btree ("shown_at");
--> statement-breakpoint
CREATE INDEX "cluster_members_cluster" ON "cluster_members" USING btree ("cluster_id","distance","customer_id");
--> statement-breakpoint
CREATE INDEX "clusters_set" ON "clusters" USING btree ("cluster_set_id","number");
--> statement-breakpoint
CREATE INDEX "look_alike_scores_share" ON "look_alike_scores" USING btree ("look_alike_id","share","customer_id");
--> statement-breakpoint
CREATE INDEX "customer_list_members_list" ON "customer_list_members" USING btree ("list_id","added_at","customer_id");
--> statement-breakpoint
CREATE INDEX "segment_dues_at" ON "segment_dues" USING btree ("due_at");
--> statement-breakpoint
CREATE INDEX "segment_dues_segment" ON "segment_dues" USING btree ("segment_id");
--> statement-breakpoint
CREATE INDEX "segment_memberships_segment" ON "segment_memberships" USING btree ("segment_id","entered_at","customer_id");
--> statement-breakpoint
CREATE INDEX "segment_stays_segment" ON "segment_stays" USING btree ("segment_id","entered_at","customer_id");
--> statement-breakpoint
CREATE INDEX "segment_stays_customer" ON "segment_stays" USING btree ("customer_id","entered_at","segment_id");
--> statement-breakpoint
CREATE INDEX "segment_stays_open" ON "segment_stays" USING btree ("segment_id","customer_id") WHERE left_at is null;
