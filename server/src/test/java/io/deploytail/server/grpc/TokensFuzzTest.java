package io.deploytail.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNoException;

import io.deploytail.server.Chance;
import io.deploytail.server.Fuzz;
import io.deploytail.server.deployment.InvalidRequestException;
import io.deploytail.v1.ListDeploymentsRequest;
import io.deploytail.v1.WatchDeploymentsRequest;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/** Tokens that clients give back, and what they might give instead. */
class TokensFuzzTest {
    @Test
    void pageTokenIsGoodAsItIsAndWithItsFiltersOnly() {
        Fuzz.run(chance -> {
            ListDeploymentsRequest filters = filters(chance);
            long before = chance.number();
            String token = PageToken.write(filters, before);
            String mutated = chance.oneIn(2) ? token : chance.mutated(token);
            ListDeploymentsRequest others = chance.oneIn(2) ? filters : filters(chance);

            OptionalLong read = PageToken.read(others.toBuilder()
                    .setPageToken(mutated)
                    .setPageSize(chance.below(10))
                    .build());

            boolean isGood = mutated.equals(token) && others.equals(filters);
            assertThat(read)
                    .as("%s for %s, given out for %s", mutated, others, filters)
                    .isEqualTo(isGood ? OptionalLong.of(before) : OptionalLong.empty());
            return isGood;
        });
    }

    @Test
    void watchTokenIsANumberOrRefused() {
        Fuzz.run(chance -> {
            String token = WatchToken.write(Math.abs(chance.number() / 10));
            String mutated = chance.oneIn(2) ? token : chance.mutated(token);
            try {
                Requests.checked(WatchDeploymentsRequest.newBuilder()
                        .setResumeToken(mutated)
                        .build());
            } catch (InvalidRequestException e) {
                assertThat(mutated).isNotEqualTo(token);
                return false;
            }
            assertThatNoException().isThrownBy(() -> WatchToken.read(mutated));
            return true;
        });
    }

    /** Few enough to be the same now and then, and made of what separates filters where they are joined. */
    private static ListDeploymentsRequest filters(Chance chance) {
        ListDeploymentsRequest.Builder filters = ListDeploymentsRequest.newBuilder();
        if (chance.oneIn(3)) {
            filters.setTarget(chance.oneOf("a", "b", "a\n0"));
        }
        if (chance.oneIn(3)) {
            filters.addStatesValue(chance.below(3));
        }
        for (int labels = chance.below(3); labels > 0; labels--) {
            filters.putLabels(chance.oneOf("a", "c", "a=b, c"), chance.oneOf("", "b", "d", "b, c=d"));
        }
        if (chance.oneIn(3)) {
            filters.getCreatedFromBuilder().setSeconds(chance.below(2));
        }
        return filters.build();
    }
}
