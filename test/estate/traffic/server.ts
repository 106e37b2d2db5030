// A server of the lab; a real program, run inside a host.
import { readPlan } from "./read-plan.ts";
import { serve } from "./serve.ts";

serve(readPlan());
