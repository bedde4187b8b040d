package endpoints

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"kubechat.io/tests/harness"
)

const missing = "service/front has 0 of 2 endpoints"

func TestEndpoints(t *testing.T) {
	c := harness.Get(t)
	c.Start(t, harness.Options{Args: []string{"--rollout-timeout=8s"}})
	t.Run("Together", func(t *testing.T) {
		for name, test := range map[string]func(*testing.T, *shop){
			"NeverBack":  testNeverBack,
			"TakenBack":  testTakenBack,
			"OtherPods":  testOtherPods,
			"BackInTime": testBackInTime,
		} {
			test := test
			t.Run(name, func(t *testing.T) { t.Parallel(); test(t, newShop(t, c)) })
		}
	})
	c.CheckAudit(t)
}

// The rollout is complete and nobody answers: while it lasts the request says what is missing, and then it has failed.
func testNeverBack(t *testing.T, s *shop) {
	r := s.ns.Ask(t, s.sre, "kubectl set image deployment/checkout main="+mute)
	r.WaitFor(t, "AwaitingApproval")
	r.Approve(t, s.sre)
	harness.Eventually(t, 30*time.Second, func() error {
		o := r.Get(t)
		if said := o.Condition("Verified").String("message"); o.String("status.phase") != "Verifying" || !strings.Contains(said, missing) {
			return fmt.Errorf("%s, and Verified says %q", o.String("status.phase"), said)
		}
		return nil
	})
	o := r.Ended(t, "Failed", "RolloutTimeout", "the change was made but did not roll out within 8s", missing)
	if v := o.Condition("Verified"); v.String("status") == "True" {
		t.Errorf("verified: %v", v)
	}
	if n := before(t, r); n != pods {
		t.Errorf("the intent says that there were %d endpoints", n)
	}
	// It is as it was sent: nothing is taken back that nobody asked to be.
	s.ns.Changed(t, "checkout", 1)
}

// The same with a way back: the old image comes, and its endpoints with it.
func testTakenBack(t *testing.T, s *shop) {
	s.ns.Policy(t, "back", object{"rollback": object{"automatic": true}})
	r := s.ns.Create(t, s.sre, object{"prompt": "the image without an address", "onFailure": "Rollback",
		"commands": []string{"kubectl set image deployment/checkout main=" + mute}})
	r.WaitFor(t, "AwaitingApproval")
	r.Approve(t, s.sre)
	r.Ended(t, "RolledBack", "RolledBack", missing, "what was done before was taken back (1 step)")
	d := s.ns.GetDeployment(t, "checkout")
	if image := d.List("spec.template.spec.containers")[0].String("image"); image != works {
		t.Errorf("the image is %s", image)
	}
	s.awaitEndpoints(t, pods)
	s.ns.Changed(t, "checkout", 2)
}

// Labels that the service does not look for: its pods run, and none of them is its own.
func testOtherPods(t *testing.T, s *shop) {
	r := s.ns.Ask(t, s.sre, `kubectl patch deployment/checkout --type=merge --patch='{"spec":{"template":{"metadata":{"labels":{"tier":"back"}}}}}'`)
	r.WaitFor(t, "AwaitingApproval")
	r.Approve(t, s.sre)
	r.Ended(t, "Failed", "RolloutTimeout", missing)
}

// What comes back in time is no failure, and fewer pods have fewer endpoints.
func testBackInTime(t *testing.T, s *shop) {
	for _, command := range []string{"kubectl set env deployment/checkout A=b", "kubectl scale deployment/checkout --replicas=1"} {
		s.ns.Ask(t, s.sre, command).Succeed(t, s.sre)
	}
	s.awaitEndpoints(t, 1)
}
