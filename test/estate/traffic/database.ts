// The "database" of the monolith: a program of its own, so that the two ends of a loopback dependency have two names.
import { readPlan } from "./read-plan.ts";
import { serve } from "./serve.ts";

serve(readPlan());
